// Dates of the virtual clock as text: microseconds since 1970 UTC in, no time zone of the host.

/** `2012-07-31T01:00:45Z` */
export function formatIsoUtc(clockUs: number): string {
  return new Date(Math.floor(clockUs / 1000)).toISOString().replace(/\.\d+Z$/, 'Z')
}
