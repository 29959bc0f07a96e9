// The longest beginning that all candidates share, in whole characters.
export function commonPrefix(words: readonly string[]): string {
  const [first = '', ...rest] = words
  let length = first.length
  for (const word of rest) {
    let same = 0
    while (same < length && word[same] === first[same]) same++
    length = same
  }
  const last = first.charCodeAt(length - 1)
  const halved = last >= 0xd800 && last <= 0xdbff
  return first.slice(0, halved ? length - 1 : length)
}
