// Scripts, journals and undo, without a lab.
import { expect, test } from 'vitest'
import { type Journal, type JournalEntry, journalText, parseJournal, snapshotId } from '../../src/lab/journal.js'
import { quoteWords } from '../../src/lab/quote-words.js'
import { readScript } from '../../src/lab/script-lines.js'
import { undoTo } from '../../src/lab/undo.js'

const at = { step: 0, atUs: 0 }

test('a script names its node once or on each line', () => {
  const text = '# head\n\n@a ip link\r\n  ip addr\n@b\nping 10.0.0.1 # not a comment of ours\n@c   true\n'
  expect(readScript(text, 'first')).toEqual([
    { node: 'a', command: 'ip link' },
    { node: 'a', command: 'ip addr' },
    { node: 'b', command: 'ping 10.0.0.1 # not a comment of ours' },
    { node: 'c', command: 'true' },
  ])
  expect(readScript('ls\n', 'first')).toEqual([{ node: 'first', command: 'ls' }])
})

test('undo takes the last command line back, not the words of lab', () => {
  const open: JournalEntry = { kind: 'open', shell: 1, node: 'a', user: null, columns: 80, rows: 24, ...at }
  const entries: JournalEntry[] = [
    open,
    { kind: 'line', shell: 1, text: 'ip link set eth0 down', ...at },
    { kind: 'line', shell: 1, text: ' lab log', ...at },
    { kind: 'line', shell: 1, text: '', ...at },
  ]
  expect(undoTo(entries)).toEqual({ line: 'ip link set eth0 down', node: null, shell: 1, kept: [open], place: at })
  expect(undoTo([open])).toBe(null)
})

test('a journal survives being written; its id changes with its inputs', () => {
  const journal: Journal = { version: 1, scenario: 's', fingerprint: 'f', seed: '1', image: null, entries: [], end: at }
  expect(parseJournal(journalText(journal))).toEqual(journal)
  expect(parseJournal('{"version":1')).toBe(null)
  expect(parseJournal('[]')).toBe(null)
  const more = { ...journal, entries: [{ kind: 'run' as const, node: 'a', line: 'ls', limitUs: 1, ...at }] }
  expect(snapshotId(more)).not.toBe(snapshotId(journal))
})

test('words are quoted where a shell would read them otherwise', () => {
  expect(quoteWords(['ip', 'addr', 'add', '10.0.0.1/24', "it's", 'a b', ''])).toBe("ip addr add 10.0.0.1/24 'it'\\''s' 'a b' ''")
})
