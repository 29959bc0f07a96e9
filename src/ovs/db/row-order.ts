// The order in which clients walk the rows of a table: by the buckets of a hash table over the first word of the uuid.

export function inHashOrder<T extends { readonly uuid: string }>(rows: readonly T[]): T[] {
  const mask = maskFor(rows.length)
  const buckets = new Map<number, T[]>()
  for (const row of rows) {
    const bucket = (Number.parseInt(row.uuid.slice(0, 8), 16) & mask) >>> 0
    const there = buckets.get(bucket)
    if (there === undefined) buckets.set(bucket, [row])
    else there.push(row)
  }
  return [...buckets.entries()].sort((a, b) => a[0] - b[0]).flatMap(([, members]) => members)
}

/** Buckets are doubled when there are two rows for each. */
function maskFor(count: number): number {
  let mask = 0
  for (let n = 1; n <= count; n++) if (Math.floor(n / 2) > mask) mask = maskOf(n)
  return mask
}

function maskOf(capacity: number): number {
  let mask = Math.floor(capacity / 2)
  for (let shift = 1; shift < 32; shift *= 2) mask |= mask >> shift
  return mask | ((mask & 1) << 1)
}
