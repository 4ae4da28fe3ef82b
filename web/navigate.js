// The link that hands a station over to the reader's own navigation.

const isAndroid = /android/i.test(navigator.userAgent);
const isApplePhone = /iphone|ipad|ipod/i.test(navigator.userAgent);

/** Android opens its chosen app by `geo:`, iPhones theirs by a link; others get the way drawn on a web map. */
export function navigationLink(station, from) {
  const to = `${station.lat},${station.lon}`;
  if (isAndroid) return `geo:${to}?q=${to}${station.name ? `(${encodeURIComponent(station.name)})` : ''}`;
  if (isApplePhone) return `https://maps.apple.com/?daddr=${to}&dirflg=d`;
  return webLink(station, from);
}

/** The way from the search's place on a web map: for who has no navigation of their own. */
export function webLink(station, from) {
  const to = `${station.lat},${station.lon}`;
  const way = encodeURIComponent(`${from.lat},${from.lon};${to}`);
  return `https://www.openstreetmap.org/directions?engine=fossgis_osrm_car&route=${way}`;
}
