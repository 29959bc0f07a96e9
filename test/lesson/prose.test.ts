import { describe, expect, it } from 'vitest'
import { missingLine } from '../../src/lesson/expected-text.js'
import { parseProse } from '../../src/lesson/prose.js'

const TEXT = `# A title

Opening.

## First {#one}

Words.

\`\`\`console
root@sandbox:~# ip link
1: lo:
...
openstack@compute-1:~$ brctl show
\`\`\`

\`\`\`goals
a: Do this
  and that
\`\`\`

\`\`\`choices a
yes: It does
\`\`\`

## No id
`

describe('prose', () => {
  const { prose, problems } = parseProse(TEXT, 'en.md', 'en')
  it('is cut into sections with their texts', () => {
    expect(prose.title).toBe('A title')
    expect(prose.sections.get('opening')?.markdown).toBe('Opening.')
    expect([...(prose.sections.get('one')?.goals ?? [])]).toEqual([['a', 'Do this and that']])
    expect(prose.sections.get('one')?.choices.get('a')?.get('yes')).toBe('It does')
    expect(prose.sections.get('one')?.markdown).not.toContain('Do this')
  })
  it('knows the commands it shows', () =>
    expect(prose.sections.get('one')?.consoles).toEqual([
      {
        line: 9,
        isAfter: false,
        commands: [
          { node: 'sandbox', line: 'ip link', output: ['1: lo:', '...'] },
          { node: 'compute-1', line: 'brctl show', output: [] },
        ],
      },
    ]))
  it('says where a section has no id', () =>
    expect(problems).toEqual([
      { file: 'en.md', line: 25, column: 1, path: '', message: 'a section without an id; expected "## Title {#step-id}"' },
    ]))
})

describe('shown output', () => {
  const printed = '5: br100: <UP> mtu 1500\n    link/ether 08:00:27:8f:87:fa\n64 bytes time=0.5 ms\n'
  it.each([
    [['5: br100: <*> mtu <n>', '...', '64 bytes time=<n> ms'], null],
    [['link/ether   08:00:27:8f:87:fa'], null],
    [['<n>: br100: <...>'], null],
    [['64 bytes time=<n> <ms|s>'], null],
    [['64 bytes <...>', '5: br100: <...>'], '5: br100: <...>'],
    [['mtu 1500'], 'mtu 1500'],
  ])('%j', (shown, missing) => expect(missingLine(shown, printed)).toBe(missing))
})
