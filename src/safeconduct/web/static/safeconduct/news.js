/** A list that does not move under the reader's hand: news shows a button that loads it again. */
const button = document.getElementById("news");
if (button) document.body.addEventListener("sc:alert", () => (button.hidden = false));
