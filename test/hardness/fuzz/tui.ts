export async function tui(_words: readonly string[]): Promise<number> {
  process.stderr.write('fuzz tui: not written yet\n')
  return 2
}
