// A record of a file as a map of texts.

export function textMap(record: Record<string, string | number | boolean>): Map<string, string> {
  return new Map(Object.entries(record).map(([key, value]) => [key, String(value)]))
}
