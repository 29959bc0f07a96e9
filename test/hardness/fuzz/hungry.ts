// Lines that are nested, long, endless or hungry beyond sense: each must end, by itself, by a limit that says so, or by the step's interrupt.
import type { Chance } from './chance.js'
import type { OpenRoom, Room, Site } from './room.js'
import { SmallLab } from './small-lab.js'

export const hungry: Room = {
  name: 'hungry',
  about: 'lines that are nested, wide, endless or hungry beyond sense, each in a lab of its own',
  batch: 1,
  open: (site) => HungryRoom.open(site),
}

class HungryRoom implements OpenRoom {
  private constructor(
    private readonly site: Site,
    private readonly small: SmallLab,
  ) {}

  static async open(site: Site): Promise<HungryRoom> {
    return new HungryRoom(site, await SmallLab.open(site.seed))
  }

  async run(chance: Chance): Promise<string[]> {
    const batch = Number(this.site.seed.split('/').at(-1))
    const times = chance.pick([500, 5000, 50_000])
    const line = LINES[batch % LINES.length]!(times)
    this.site.note(line.slice(0, SHOWN))
    const found = this.small.faults(await this.small.run(line))
    await this.small.run('kill -9 $(jobs -p) 2> /dev/null')
    found.push(...(await this.small.canary()))
    return found
  }

  async close(): Promise<string[]> {
    this.small.lab.close()
    return []
  }
}

const SHOWN = 200

type Line = (times: number) => string

const LINES: readonly Line[] = [
  (times) => `echo ${'('.repeat(times)}`,
  (times) => `echo $((${'('.repeat(times)}1${')'.repeat(times)}))`,
  (times) => `echo ${'$('.repeat(times)}`,
  (times) => `echo ${'{a,'.repeat(Math.min(times, 5000))}b${'}'.repeat(Math.min(times, 5000))}`,
  () => `echo ${'{a,b}'.repeat(40)}`,
  () => 'echo {1..100000000}',
  (times) => `echo ${'"'.repeat(times)}`,
  (times) => `echo ${'x'.repeat(times * 10)} | wc -c`,
  (times) => `${'if true; then '.repeat(times)}:${'; fi'.repeat(times)}`,
  (times) => `${'{ '.repeat(times)}:${'; }'.repeat(times)}`,
  (times) => `${'! '.repeat(times)}true`,
  (times) => `true ${'| cat '.repeat(Math.min(times, 600))}`,
  (times) => `echo $((1${'+1'.repeat(times)}))`,
  (times) => `printf '%${times * 1e5}d' 1 | wc -c`,
  () => `x=a; for i in {1..40}; do x=$x$x; done; echo \${#x}`,
  () => `f() { f; }; f`,
  () => `echo ${'*'.repeat(60)}/x`,
  () => `[[ ${'a'.repeat(60)} =~ (a*)*b ]]`,
  () => `[[ ${'a'.repeat(200)} == ${'*a'.repeat(30)}b ]]`,
  () => `x=${'a'.repeat(200)}; echo \${x//${'*a'.repeat(20)}b/}`,
  () => `echo ${'a'.repeat(60)} | grep -E '(a*)*b'`,
  () => `echo ${'a'.repeat(60)} | sed -E 's/(a|aa)+$b/x/'`,
  () => `awk 'BEGIN { while (1) i++ }'`,
  () => `awk 'BEGIN { s = "x"; while (1) s = s s }'`,
  () => `awk 'function f(x) { return f(x+1) } BEGIN { f(1) }'`,
  () => `awk 'BEGIN { while (1) a[i++] = i }'`,
  () => `echo x | sed ':a;s/x/xx/;ta'`,
  () => `seq 1 100000000 | tail -1`,
  () => `yes | head -1000000 | wc -l`,
  () => `x=$(yes)`,
  () => `yes > /tmp/big`,
  () => `cat /dev/zero > /tmp/big2`,
  () => `head -c 1000000000 /dev/zero | md5sum`,
  () => `while :; do :; done`,
  (times) => `eval "$(printf 'echo %.0s' {1..${times}})"`,
  () => `trap 'kill -USR1 $$' USR1; kill -USR1 $$`,
  () => `:(){ :|:& };:`,
  () => `sort /dev/zero`,
  () => `dd if=/dev/zero of=/tmp/z bs=1G count=10`,
  () => `cp /dev/zero /tmp/zz`,
  () => `ping -f -c 100000000 10.0.0.2 > /dev/null`,
  () => `exec 3<>/tmp/f; while :; do cat /tmp/f >&3; done`,
  () => `find / -exec find / \\; | wc -l`,
  () => `xargs -n1 echo < /dev/zero`,
  () => `od /dev/zero`,
  () => `source /dev/stdin <<< 'source /tmp/self'; echo 'source /tmp/self' > /tmp/self; source /tmp/self`,
  () => `while read -r l; do echo "$l"; done < /dev/zero`,
  () => `watch -n 0.0000001 true`,
  () => `sleep 1e308`,
  () => `timeout 1e308 sleep 1`,
  () => `arr[2147483647]=1; arr[9999999999999]=2; echo \${#arr[@]}`,
  (times) => `printf '%s' {1..${times}} | wc -c`,
]
