export async function kill(_words: readonly string[]): Promise<number> {
  process.stderr.write('kill: not written yet\n')
  return 2
}
