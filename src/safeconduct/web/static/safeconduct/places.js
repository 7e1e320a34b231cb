/** The places of a site, as the API tells them. */

/** The site's places, each with its id among its properties, where the map looks for it. */
export async function fetchedPlaces(/** @type {string} */ address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const collection = await answer.json();
  for (const feature of collection.features) feature.properties.id = feature.id;
  return collection;
}
