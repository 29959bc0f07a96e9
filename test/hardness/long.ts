export async function long(_words: readonly string[]): Promise<number> {
  process.stderr.write('long: not written yet\n')
  return 2
}
