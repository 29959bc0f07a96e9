// Rows of RESULTS.md: each run has a table of its own, which ends with a mark.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export function recordRow(run: 'keys' | 'kill' | 'long', row: string): void {
  const file = join(process.env['NETLAB_ROOT'] ?? '.', 'test/hardness/RESULTS.md')
  const mark = `<!-- rows of ${run} end here -->`
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(mark, () => `${row}${mark}`),
  )
}
