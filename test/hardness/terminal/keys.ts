// What comes in at a terminal, sensible and not: keys, command lines, pastes, mouse reports, garbage, cut anywhere.
import type { Chance } from '../fuzz/chance.js'

const LINES = [
  'ip a',
  'ip -br link',
  'ping -c 3 127.0.0.1',
  'ping 127.0.0.1',
  'tcpdump -ni any',
  'tcpdump -ni lo &',
  'ip netns add red; ip link add v0 type veth peer name v1 netns red; ip link set v0 up',
  'ip addr add 10.0.0.1/24 dev v0; ip -n red addr add 10.0.0.2/24 dev v1; ip -n red link set v1 up; ping -c2 10.0.0.2',
  'less /etc/services',
  'watch -n1 ip -s link',
  'yes | head -300',
  'yes',
  'seq 1 100000',
  'cat',
  'head -c 400 /dev/urandom',
  'printf "\\033[31mred\\033[?1049h\\033[2J\\033[5;5Hx\\033[?25l\\033]0;title\\007\\033[999B"',
  'printf "\\033[?1049l\\033c"',
  'printf "你好 \\xf0\\x9f\\x91\\xa9\\xe2\\x80\\x8d\\xf0\\x9f\\x91\\xa7 e\\xcc\\x81\\n%.0s" {1..40}',
  'PS1="\\[\\e[32m\\]\\u@\\h\\n\\w\\$\\[\\e[0m\\] "',
  'for i in 1 2 3',
  'echo "open quote',
  'lab',
  'lab help',
  'lab undo',
  'lab reset',
  'lab map',
  'lab packets',
  'lab who 10.0.0.1',
  'exit',
  'su nobody',
  'stty -echo; read x; stty echo',
  'bash',
  'kill -9 $$',
  'sleep 1000',
  'history',
  'clear',
] as const

const FUNCTION_KEYS = ['\x1bOP', '\x1bOQ', '\x1bOR', '\x1bOS', '\x1b[15~', '\x1b[17~', '\x1b[18~', '\x1b[19~', '\x1b[20~'] as const
const MOVES = [
  '\x1b[A',
  '\x1b[B',
  '\x1b[C',
  '\x1b[D',
  '\x1b[H',
  '\x1b[F',
  '\x1b[5~',
  '\x1b[6~',
  '\x1b[3~',
  '\x1b[2~',
  '\x1b[Z',
  '\x1b[1;3A',
  '\x1b[1;5D',
  '\x1b[1;2B',
] as const
const ODD = ['你', '好', '👩‍👧', 'é', 'ｱ', '\u200b', '\ufeff', '\u202e', '\x00', '\x7f', '\x80', '\xff', '﷽', '\u{1f1e9}\u{1f1ea}'] as const
const PREFIXED = 'cxnpoa<>.,?1234567890\x07\x1b[C'

/** One piece of input, as a terminal sends it. */
export function inputOf(chance: Chance): Buffer {
  const roll = chance.below(100)
  if (roll < 18) return Buffer.from(`${chance.pick(LINES)}${chance.percent(85) ? '\r' : ''}`)
  if (roll < 32) return Buffer.from(chance.pick(FUNCTION_KEYS))
  if (roll < 46) return Buffer.from(chance.pick(MOVES))
  if (roll < 56) return Buffer.from(`\x07${chance.pick([...PREFIXED])}`)
  if (roll < 64) return Buffer.from(chance.pick(['\r', '\r', '\t', '\x1b', ' ', '\x7f', '\x03', '\x04', '\x12', '\x1a', '\x0c']))
  if (roll < 70) return Buffer.from(String.fromCharCode(chance.below(32)))
  if (roll < 76) return Buffer.from(chance.some(1, 6, () => String.fromCharCode(33 + chance.below(94))).join(''))
  if (roll < 80) return Buffer.from(`\x1b${String.fromCharCode(32 + chance.below(95))}`)
  if (roll < 84) return mouse(chance)
  if (roll < 88) return paste(chance)
  if (roll < 92) return Buffer.from(chance.some(1, 5, () => chance.pick(ODD)).join(''))
  if (roll < 96)
    return Buffer.from(
      `\x1b[${chance.some(0, 12, () => chance.pick([...'0123456789;?<>!$" ~'])).join('')}${chance.pick([...'ABCDHRMmnhlqtuyzIO~'])}`,
    )
  return Buffer.from(chance.bytes(chance.between(1, 24)))
}

function mouse(chance: Chance): Buffer {
  if (chance.percent(20)) return Buffer.from([0x1b, 0x5b, 0x4d, 32 + chance.below(100), 33 + chance.below(200), 33 + chance.below(200)])
  const place = `${chance.number()};${chance.number()}`
  return Buffer.from(`\x1b[<${chance.pick([0, 1, 2, 32, 64, 65, 66, 128])};${place}${chance.pick(['M', 'm'])}`)
}

function paste(chance: Chance): Buffer {
  const text = chance
    .some(0, 8, () => chance.pick([...LINES, ...ODD, '\n', '\r\n', '\x1b[31m', '\x1b[201', 'x'.repeat(chance.below(3000))]))
    .join('')
  return Buffer.from(`\x1b[200~${text}${chance.percent(90) ? '\x1b[201~' : ''}`)
}

/** The same bytes in chunks as a slow line brings them. */
export function cut(bytes: Buffer, chance: Chance): Buffer[] {
  if (bytes.length < 2 || chance.percent(70)) return [bytes]
  const at = chance.between(1, bytes.length - 1)
  return [bytes.subarray(0, at), bytes.subarray(at)]
}
