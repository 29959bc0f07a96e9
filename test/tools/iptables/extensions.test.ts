// One table a family of extensions, in cases/*.t: words ; what -S prints (= the same, =empty, `|` between several rules) ; what -nL prints.
// `! text` is a refusal by the tool (exit 2), `!! text` one by the kernel (exit 1).
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Bench } from './lab.js'

const folder = new URL('./cases/', import.meta.url)

for (const file of readdirSync(folder).sort()) {
  test(file, () => {
    let place = ['filter', 'INPUT']
    for (const line of readFileSync(new URL(file, folder), 'utf8').split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      if (line.startsWith(':')) place = line.slice(1).split(' ')
      else check(place[0]!, place[1]!, line)
    }
  })
}

function check(table: string, chain: string, line: string): void {
  const [words = '', wanted = '', shown] = line.split(' ; ').map((part) => part.replace(/ ;$/, '').trim())
  const bench = new Bench()
  const answer = bench.line(`iptables -t ${table} -A ${chain} ${words}`)
  if (wanted.startsWith('!! ')) {
    expect({ words, ...answer }).toEqual({ words, exitCode: 1, stdout: '', stderr: `iptables: ${wanted.slice(3)}\n` })
    return
  }
  if (/^! (?!-)/.test(wanted)) {
    expect({ words, exitCode: answer.exitCode, said: answer.stderr.split('\n')[0] }).toEqual({
      words,
      exitCode: 2,
      said: `iptables v1.8.9 (legacy): ${wanted.slice(2)}`,
    })
    return
  }
  expect({ words, ...answer }).toEqual({ words, exitCode: 0, stdout: '', stderr: '' })
  const texts = wanted === '=' ? [words] : wanted === '=empty' ? [''] : wanted.split('|')
  const rules = texts.map((text) => `-A ${chain}${text === '' ? '' : ` ${text}`}\n`).join('')
  expect(bench.line(`iptables -t ${table} -S ${chain}`).stdout).toBe(`-P ${chain} ACCEPT\n${rules}`)
  if (shown !== undefined)
    expect(bench.line(`iptables -t ${table} -nL ${chain} 1`).stdout.trimEnd().endsWith(` ${shown}`.trimEnd())).toBe(true)
  roundTrip(bench, table, chain, words)
}

/** What is saved can be restored, and the words that made a rule find it again. */
function roundTrip(bench: Bench, table: string, chain: string, words: string): void {
  const saved = bench.line(`iptables-save -t ${table}`).stdout
  const other = new Bench()
  expect(other.type(['iptables-restore'], saved)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  expect(other.line(`iptables-save -t ${table}`).stdout).toBe(saved)
  expect(bench.line(`iptables -t ${table} -C ${chain} ${words}`)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  expect(bench.line(`iptables -t ${table} -D ${chain} ${words}`)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  expect(bench.line(`iptables -t ${table} -S ${chain}`).stdout).toBe(`-P ${chain} ACCEPT\n`)
}
