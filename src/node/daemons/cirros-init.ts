// What a CirrOS 0.3 VM does when it boots: network by DHCP, metadata, ssh keys, the closing lines. Every line on its console comes from a thing done.
import { parseIpv4 } from '../../addr/ipv4.js'
import { KernelError } from '../../kernel/errno.js'
import { toBytes } from '../chunk.js'
import type { Machine } from '../machine.js'
import { connectTcp, openTcp, writeTcp } from '../net-api.js'
import type { Process } from '../process.js'
import { startGuestBoot } from './guest-boot.js'
import { HttpReader, reasonOf } from './http.js'
import { startSshd } from './sshd.js'

/** From power-on to the first line of init. */
const KERNEL_BOOT_US = 3_900_000
const METADATA_TRIES = 30
const METADATA_HOST = '169.254.169.254'
const BASE = `http://${METADATA_HOST}/2009-04-04`
const LATEST = `http://${METADATA_HOST}/latest`
const SCRIPT = '/usr/share/udhcpc/default.script'

/** Starts the boot of a VM that was just created; its lines go to the machine's console. */
export function runCirrosInit(machine: Machine): Process {
  return startGuestBoot(machine, ['/bin/sh', '/etc/init.d/rcS'], (proc) => new CirrosInit(proc).run())
}

/** A fetched text, or wget's reason without its own name. */
type Fetched = { readonly text: string } | { readonly failure: string }

class CirrosInit {
  private readonly bootedUs: number

  constructor(private readonly proc: Process) {
    this.bootedUs = proc.nowUs
  }

  async run(): Promise<number> {
    const { proc } = this
    await proc.compute(KERNEL_BOOT_US)
    layScript(proc.machine)
    proc.line('Starting network...')
    await proc.compute(proc.random.between(250_000, 450_000))
    const hasNetwork = (await this.ifup()) === 0
    if (!hasNetwork) proc.line('WARN: /etc/rc3.d/S40-network failed')
    const instance = await this.cloudSetup()
    await proc.compute(proc.random.between(200_000, 400_000))
    if (instance !== null) await this.publicKeys()
    await this.dropbear()
    await this.cloudFinal(instance)
    return 0
  }

  /** `up 4.74` */
  private get up(): string {
    return ((this.proc.nowUs - this.bootedUs) / 1_000_000).toFixed(2)
  }

  /** ifup -a of /etc/network/interfaces: lo, then eth0 by DHCP. */
  private async ifup(): Promise<number> {
    await this.command(['ifconfig', 'lo', '127.0.0.1', 'up'])
    await this.command(['ifconfig', 'eth0', 'up'])
    // Given newer tools (`--image`), the VM is no CirrOS and its client would look elsewhere.
    const script = this.proc.machine.image.family === 'cirros' ? [] : ['-s', SCRIPT]
    const asked = asksForRoutes(this.proc.machine) ? ['-O', 'mtu', '-O', 'staticroutes'] : []
    return this.command(['udhcpc', '-p', '/var/run/udhcpc.eth0.pid', '-R', '-n', '-T', '60', '-i', 'eth0', ...script, ...asked])
  }

  private async command(argv: string[]): Promise<number> {
    try {
      return await this.proc.waitFor(this.proc.spawn(argv))
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      this.proc.error(`${argv[0]}: ${error.message}`)
      return 127
    }
  }

  /** Asks for the instance id until it answers; null after the last try. */
  private async cloudSetup(): Promise<string | null> {
    const { proc } = this
    const url = `${BASE}/meta-data/instance-id`
    proc.line(`cloud-setup: checking ${url}`)
    for (let i = 1; i <= METADATA_TRIES; i++) {
      const got = await this.fetch(url)
      if ('text' in got) {
        proc.line(`cloud-setup: successful after ${i}/${METADATA_TRIES} tries: up ${this.up}. iid=${got.text.trim()}`)
        return got.text.trim()
      }
      proc.line(`wget: ${got.failure}`)
      proc.line(`cloud-setup: failed ${i}/${METADATA_TRIES}: up ${this.up}. request failed`)
      if (i < METADATA_TRIES) await proc.sleep(1_000_000)
    }
    proc.line(`cloud-setup: after ${METADATA_TRIES} fails, debugging`)
    await this.debug()
    return null
  }

  /** What CirrOS prints for the one who has to find out why. */
  private async debug(): Promise<void> {
    const { proc } = this
    proc.line(`cloud-setup: running debug (30 tries reached)`)
    proc.line('############ debug start ##############')
    for (const [title, argv] of [
      ['ifconfig -a', ['ifconfig', '-a']],
      ['route -n', ['route', '-n']],
      ['cat /etc/resolv.conf', ['cat', '/etc/resolv.conf']],
    ] as const) {
      proc.line(`### ${title}`)
      await this.command([...argv])
    }
    for (const gateway of gatewaysOf(proc)) {
      proc.line(`### ping -c 5 ${gateway}`)
      await this.command(['ping', '-c', '5', gateway])
    }
    proc.line('############ debug end   ##############')
    proc.line('cloud-setup: failed to read iid from metadata. tried 30')
  }

  private async publicKeys(): Promise<void> {
    const { proc } = this
    const url = `${LATEST}/meta-data/public-keys`
    const list = await this.fetch(url)
    if ('failure' in list) {
      proc.line(`wget: ${list.failure}`)
      proc.line(`failed to get ${url}`)
      return
    }
    const keys: string[] = []
    for (const line of list.text.split('\n').filter((entry) => entry !== '')) {
      const number = /^(\d+)/.exec(line)?.[1]
      if (number === undefined) continue
      const key = await this.fetch(`${url}/${number}/openssh-key`)
      if ('text' in key) keys.push(key.text.trim())
    }
    if (keys.length === 0) return
    proc.machine.files.mkdir('/home/cirros/.ssh', { parents: true })
    proc.machine.files.write('/home/cirros/.ssh/authorized_keys', `${keys.join('\n')}\n`)
  }

  private async dropbear(): Promise<void> {
    const { proc } = this
    proc.out('Starting dropbear sshd: ')
    for (const kind of ['rsa', 'dsa']) {
      proc.out(`generating ${kind} key... `)
      await proc.compute(proc.random.between(300_000, 1_100_000))
    }
    startSshd(proc.machine, { argv: ['/usr/sbin/dropbear', '-R'] })
    proc.line('OK')
  }

  private async cloudFinal(instance: string | null): Promise<void> {
    const { proc } = this
    proc.line(`===== cloud-final: system completely up in ${this.up} seconds ====`)
    if (instance !== null) {
      for (const [label, leaf] of [
        ['instance-id: ', 'instance-id'],
        ['public-ipv4: ', 'public-ipv4'],
        ['local-ipv4 : ', 'local-ipv4'],
      ] as const) {
        const got = await this.fetch(`${LATEST}/meta-data/${leaf}`)
        proc.line(`  ${label}${'text' in got ? got.text.trim() : ''}`)
      }
      const userData = await this.fetch(`${LATEST}/user-data`)
      if ('text' in userData) await this.userData(userData.text)
      else proc.line('cloud-userdata: user data not a script')
    }
    proc.line("login as 'cirros' user. default password: 'cubswin:)'. use 'sudo' for root.")
    proc.out(`${proc.machine.hostname} login: `)
  }

  private async userData(text: string): Promise<void> {
    if (!text.startsWith('#!')) {
      this.proc.line('cloud-userdata: user data not a script')
      return
    }
    this.proc.machine.files.write('/run/cirros/userdata-script', text, { mode: 0o755 })
    await this.command(['/run/cirros/userdata-script'])
  }

  /** wget of busybox: one GET. */
  private async fetch(url: string): Promise<Fetched> {
    const path = url.slice(`http://${METADATA_HOST}`.length)
    const { proc } = this
    const socket = openTcp(proc)
    try {
      const errno = await connectTcp(proc, socket, { address: parseIpv4(METADATA_HOST)!, port: 80 }, 60_000_000)
      if (errno !== null) {
        const reason = errno === 'timeout' ? new KernelError('ETIMEDOUT').message : new KernelError(errno).message
        return { failure: `can't connect to remote host (${METADATA_HOST}): ${reason}` }
      }
      await writeTcp(
        proc,
        socket,
        toBytes(`GET ${path} HTTP/1.1\r\nHost: ${METADATA_HOST}\r\nUser-Agent: Wget\r\nConnection: close\r\n\r\n`),
      )
      const reader = new HttpReader(proc, socket)
      const head = await reader.head()
      if (head === null) return { failure: 'error getting response' }
      const status = Number(head.first.split(' ')[1])
      if (status !== 200) return { failure: `server returned error: HTTP/1.1 ${status} ${reasonOf(status)}` }
      return { text: await reader.body(head.headers, true) }
    } finally {
      socket.close()
    }
  }
}

function gatewaysOf(proc: Process): string[] {
  const text = proc.files.exists('/proc/net/route') ? proc.files.read('/proc/net/route') : ''
  const gateways: string[] = []
  for (const line of text.split('\n').slice(1)) {
    const [, dst, via] = line.split('\t')
    if (dst !== '00000000' || via === undefined) continue
    gateways.push(
      (via.match(/../g) ?? [])
        .reverse()
        .map((pair) => Number.parseInt(pair, 16))
        .join('.'),
    )
  }
  return gateways
}

/** CirrOS 0.3.0 takes an address, a router and name servers; later ones also an MTU and classless routes. */
function asksForRoutes({ image }: Machine): boolean {
  return image.family !== 'cirros' || image.name !== 'cirros-0.3'
}

/** The script that udhcpc runs on CirrOS: address, default route and name servers by the old tools. */
function layScript(machine: Machine): void {
  if (machine.files.exists(SCRIPT)) return
  machine.files.mkdir('/usr/share/udhcpc', { parents: true })
  const more = asksForRoutes(machine) ? ROUTES_SCRIPT : ''
  machine.files.write(SCRIPT, UDHCPC_SCRIPT.replace('@more@', more), { mode: 0o755 })
}

/** Pairs of network and gateway; what is there already, as the default route by its router, only makes a line on the console. */
const ROUTES_SCRIPT = `
	[ -n "$mtu" ] && /sbin/ifconfig $interface mtu $mtu
	set -- $staticroutes
	while [ $# -ge 2 ]; do
		echo "adding net $1 with router $2"
		if [ "$2" = 0.0.0.0 ]; then
			route add -net $1 dev $interface || echo "WARN: failed: route add -net $1 dev $interface"
		else
			route add -net $1 gw $2 || echo "WARN: failed: route add -net $1 gw $2"
		fi
		shift 2
	done`

const UDHCPC_SCRIPT = `#!/bin/sh
# udhcpc calls this with deconfig, bound, renew or nak; the lease is in the environment.
resolv=/etc/resolv.conf
[ -n "$broadcast" ] && words="broadcast $broadcast"
[ -n "$subnet" ] && words="$words netmask $subnet"
case "$1" in
deconfig)
	/sbin/ifconfig $interface 0.0.0.0
	;;
bound|renew)
	/sbin/ifconfig $interface $ip $words
	if [ -n "$router" ]; then
		echo "deleting routers"
		while route del default gw 0.0.0.0 dev $interface; do
			:
		done
		for via in $router; do
			route add default gw $via dev $interface
		done
	fi
	: > $resolv
	[ -n "$domain" ] && echo "search $domain" >> $resolv
	for server in $dns; do
		echo "adding dns $server"
		echo "nameserver $server" >> $resolv
	done@more@
	;;
esac
exit 0
`
