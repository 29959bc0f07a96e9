// What is taken out before outputs are compared: only what cannot be equal on two machines, and never what a learner would notice.
// Each rule names the commands it is for and why it is there.

interface Rule {
  readonly tool: RegExp
  readonly why: string
  readonly apply: (text: string) => string
}

function put(tool: RegExp, why: string, pattern: RegExp, replacement: string): Rule {
  return { tool, why, apply: (text) => text.replace(pattern, replacement) }
}

/** Blocks of one depth in the order of the alphabet, each with what stands deeper below it. */
function sortedBlocks(lines: readonly string[]): string[] {
  const depth = Math.min(...lines.map(depthOf))
  const blocks: string[][] = []
  for (const line of lines) {
    if (depthOf(line) === depth || blocks.length === 0) blocks.push([line])
    else blocks.at(-1)!.push(line)
  }
  const whole = blocks.map(([head, ...below]) => [head!, ...(below.length > 1 ? sortedBlocks(below) : below)].join('\n'))
  return whole.sort()
}

function depthOf(line: string): number {
  return line.length - line.trimStart().length
}

function sorted(tool: RegExp, why: string): Rule {
  return { tool, why, apply: (text) => text.split('\n').sort().join('\n') }
}

const ANY = /^/
const OVS = /\bovs-|\bovsdb-/
const IP = /\bip\b/
const TCPDUMP = /\btcpdump\b/
const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
/** Ports that a kernel or tool draws by chance. */
const HIGH_PORT = '(?:3[2-9]\\d{3}|[45]\\d{4}|6[0-5]\\d{3})'

const TIMES: readonly Rule[] = [
  put(ANY, 'the date', /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?Z?/g, 'DATE'),
  put(ANY, 'the date', new RegExp(`\\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (${MONTHS}) +\\d+ \\d\\d:\\d\\d:\\d\\d( UTC)? \\d{4}`, 'g'), 'DATE'),
  put(/syslog|dnsmasq|log/, 'the date', new RegExp(`\\b(${MONTHS}) +\\d+ \\d\\d:\\d\\d:\\d\\d`, 'g'), 'DATE'),
  put(TCPDUMP, 'when a frame passed', /^( *\d+ {2}| *|\^C *)\d\d:\d\d:\d\d\.\d{6}\b/gm, '$1TIME'),
  put(TCPDUMP, 'when a frame passed (-tt, -ttt)', /^ *(\d{10}\.\d{6}|00:0\d:\d\d\.\d{6}) /gm, 'TIME '),
  put(/\bping\b/, 'how long it took', /time[=<]?[\d.]+ ?ms/g, 'time=T ms'),
  put(/\bping\b/, 'how long it took', /, time \d+ms/g, ', time Tms'),
  put(
    /\bping\b/,
    'how long it took',
    /(rtt|round-trip) min\/avg\/max(\/mdev)? = [\d./]+ ms(, ipg\/ewma [\d./]+ ms)?/g,
    '$1 min/avg/max$2 = T',
  ),
  put(/\bping\b.* -v/, 'identification of an echo', /ident=\d+/g, 'ident=N'),
  put(/\bping\b.* -D/, 'when it came', /\[\d{10}\.\d+\]/g, '[TIME]'),
  put(/\barping\b/, 'how long it took', / +[\d.]+ms$/gm, ' Tms'),
  put(/\b(traceroute|tracepath)\b/, 'how long it took', / [\d.]+ ?ms/g, ' T ms'),
  put(/\bcurl\b|\bwget\b/, 'how long it took', /after \d+ (ms|milliseconds)/g, 'after T $1'),
  put(/\bcurl\b|\bwget\b/, 'the date', /(Date|Last-Modified): [^\r\n]*/g, '$1: DATE'),
  put(/brctl show(stp|macs)/, 'seconds that timers have run', /^(.*\t|.*timer\t) +\d+\.\d\d(?=\t|$)/gm, '$1T'),
  put(/brctl show(stp|macs)/, 'seconds that timers have run', /(timer\t+) +\d+\.\d\d/g, '$1T'),
  put(IP, 'seconds that timers of bridges have run', /(_timer) +\d+\.\d\d/g, '$1 T'),
  put(IP, 'how long an exception still holds', /expires \d+sec/g, 'expires Tsec'),
]

const RANDOM: readonly Rule[] = [
  put(ANY, 'a process that bash tells about', /^(bash: line \d+:) +\d+ +/gm, '$1 PID '),
  put(TCPDUMP, 'IP identification', /\bid \d+, offset/g, 'id N, offset'),
  put(TCPDUMP, 'identification of an echo: drawn by the kernel or the process id', /\bid \d+, seq/g, 'id N, seq'),
  put(TCPDUMP, 'first sequence number of a connection', /\b(seq|ack) \d{5,}(:\d+)?/g, '$1 N'),
  put(TCPDUMP, 'follows from the largest receive buffer, which newer kernels have larger', /\bwscale \d+/g, 'wscale N'),
  put(TCPDUMP, 'clock of a connection', /TS val \d+ ecr \d+/g, 'TS val N ecr N'),
  put(TCPDUMP, 'follow from identification and times', /cksum 0x[0-9a-f]+ \((correct|incorrect[^)]*)\)/g, 'cksum X'),
  put(TCPDUMP, 'ports drawn by chance', new RegExp(`\\b(\\d+\\.\\d+\\.\\d+\\.\\d+)\\.${HIGH_PORT}\\b`, 'g'), '$1.PORT'),
  put(/./, 'transaction of DHCP', /xid[= ]0x[0-9a-f]+/g, 'xid X'),
  put(
    /\b(ss|netstat|nc|curl|conntrack|ps)\b/,
    'ports drawn by chance',
    new RegExp(`((?:^|[^\\d.])(?:\\d+\\.){3}\\d+:)${HIGH_PORT}\\b`, 'gm'),
    '$1PORT',
  ),
  put(/conntrack/, 'ports drawn by chance', new RegExp(`\\b([sd]port)=${HIGH_PORT}\\b`, 'g'), '$1=PORT'),
  put(/conntrack/, 'identification of an echo, of an entry', /\bid=\d+/g, 'id=N'),
  put(
    TCPDUMP,
    'an echo that is refused is told with its identification for a port',
    /protocol 1 port \d+ unreachable/g,
    'protocol 1 port N unreachable',
  ),
  put(/\bipset\b/, 'where its hash begins', /initval 0x[0-9a-f]{8}/g, 'initval X'),
  put(/\bipset\b/, 'what a set costs follows from sizes within the kernel', /^Size in memory: \d+/gm, 'Size in memory: N'),
  put(/\bnc\b/, 'ports drawn by chance', new RegExp(`(received on \\S+) ${HIGH_PORT}\\b`, 'g'), '$1 PORT'),
  put(OVS, 'row identities', /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID'),
]

const COUNTERS: readonly Rule[] = [
  put(OVS, 'ages', /\b(duration)=[\d.]+s/g, '$1=T'),
  put(OVS, 'ages', /\b(idle|hard)_age=\d+, ?/g, ''),
  put(OVS, 'ages', /used:([\d.]+s|never)/g, 'used:T'),
  put(
    /conntrack/,
    'seconds that an entry still lives',
    /^( *(?:\[[A-Z]+\] *|ipv4 +2 +)?(?:tcp|udp|icmp|unknown|igmp) +\d+ )\d+ /gm,
    '$1TTL ',
  ),
]

const KERNEL: readonly Rule[] = [
  put(IP, 'indices are given by the kernel', /^\d+: /gm, 'N: '),
  put(IP, 'indices are given by the kernel', /@if\d+/g, '@ifN'),
  put(IP, 'names of namespaces to each other', /link-netnsid \d+/g, 'link-netnsid N'),
]

const ORDER: readonly Rule[] = [
  {
    tool: /ovs-vsctl show$/,
    why: 'bridges and ports stand in the order of their random row identities',
    apply: (text) => sortedBlocks(text.trimEnd().split('\n')).join('\n'),
  },
  sorted(/ovs-ofctl.* dump-flows/, 'flows of one priority stand in the order of a hash table'),
  sorted(/conntrack.* -L/, 'order of a hash table'),
  sorted(/dpctl\/dump|dump-flows|fdb\/show|\bbridge fdb\b|brctl showmacs/, 'order of a hash table'),
  sorted(/\bip\b.* neigh|\barp\b/, 'order of a hash table'),
]

export const RULES: readonly Rule[] = [...TIMES, ...RANDOM, ...COUNTERS, ...KERNEL, ...ORDER]

export function normalised(text: string, cmd: string): string {
  let out = text
  for (const rule of RULES) if (rule.tool.test(cmd)) out = rule.apply(out)
  return out
}
