/** On a narrow screen the contents of a long page begin folded, so that the page itself is in sight. */
if (matchMedia("(max-width: 63.99rem)").matches) document.querySelector(".contents > details")?.removeAttribute("open");
