// What a distribution's cloud image does when it boots: network by dhclient, cloud-init's stages with what the metadata service says, sshd.
import { formatIpv4, maskOf, parseIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { KernelError } from '../../kernel/errno.js'
import { toBytes } from '../chunk.js'
import type { ImageName } from '../image.js'
import type { Machine } from '../machine.js'
import { connectTcp, openTcp, writeTcp } from '../net-api.js'
import type { Process } from '../process.js'
import { startGuestBoot } from './guest-boot.js'
import { HttpReader, httpDate } from './http.js'
import { hasNetworkd, LINK_STATES, NETWORKD, writeNetplan } from './netplan.js'
import { startSshd } from './sshd.js'

/** From power-on to cloud-init's first line, and between its stages. */
const KERNEL_BOOT_US = 4_600_000
const STAGE_US = 900_000
const METADATA_HOST = '169.254.169.254'
const SCRIPTS = '/var/lib/cloud/instance/scripts'
/** cloud-init's, where the tools are not of its first years. */
const VERSIONS: Partial<Record<ImageName, string>> = {
  'ubuntu-18.04': '23.1.2-0ubuntu0~18.04.1',
  'ubuntu-20.04': '23.1.2-0ubuntu0~20.04.2',
  'debian-12': '22.4.2-1+deb12u1',
}
/** systemd-networkd-wait-online: how often it looks, and how long. */
const LINK_CHECK_US = 100_000
const LINK_WAIT_US = 120_000_000

/** Starts the boot of a VM that was just created; its lines go to the machine's console. */
export function runCloudImageInit(machine: Machine): Process {
  const python = hasNetworkd(machine.image) ? '/usr/bin/python3' : '/usr/bin/python'
  return startGuestBoot(machine, [python, '/usr/bin/cloud-init', 'init'], (proc) => new CloudImageInit(proc).run())
}

class CloudImageInit {
  private readonly bootedUs: number
  private readonly isModern: boolean
  private readonly version: string

  constructor(private readonly proc: Process) {
    this.bootedUs = proc.nowUs
    this.isModern = hasNetworkd(proc.machine.image)
    this.version = VERSIONS[proc.machine.image.name] ?? '0.7.5'
  }

  async run(): Promise<number> {
    const { proc } = this
    await proc.compute(KERNEL_BOOT_US)
    this.stage('init-local')
    await this.command(['ip', 'link', 'set', 'lo', 'up'])
    if (this.isModern) await this.startNetworkd()
    else await this.command(['dhclient', '-1', '-pf', '/run/dhclient.eth0.pid', 'eth0'])
    this.stage('init')
    this.deviceTable()
    const instance = await this.fetch('/latest/meta-data/instance-id')
    if (instance === null) proc.line(`${this.stamp} - util.py[WARNING]: Getting data from datasource failed`)
    else await this.publicKeys()
    await proc.compute(STAGE_US)
    this.stage('modules:config')
    startSshd(proc.machine, { argv: ['/usr/sbin/sshd', '-D'] })
    if (instance !== null) await this.userData()
    await proc.compute(STAGE_US)
    this.stage('modules:final')
    const source = instance === null ? 'DataSourceNone' : this.isModern ? 'DataSourceOpenStackLocal [net,ver=2]' : 'DataSourceEc2'
    proc.line(`Cloud-init v. ${this.version} finished at ${this.clock}. Datasource ${source}.  Up ${this.up} seconds`)
    proc.line('')
    proc.out(`${proc.machine.image.facts.pretty} ${proc.machine.hostname} ttyS0\n\n${proc.machine.hostname} login: `)
    return 0
  }

  private async startNetworkd(): Promise<void> {
    const { proc } = this
    const { machine } = proc
    const cards = proc.netns.devices.filter((dev) => dev !== proc.netns.loopback)
    writeNetplan(machine, cards)
    proc.spawn([NETWORKD])
    const untilUs = proc.nowUs + LINK_WAIT_US
    const isOnline = (): boolean => cards.every(({ ifindex }) => machine.files.exists(`${LINK_STATES}/${ifindex}`))
    while (!isOnline() && proc.nowUs < untilUs) await proc.sleep(LINK_CHECK_US)
  }

  private stage(name: string): void {
    this.proc.line(`Cloud-init v. ${this.version} running '${name}' at ${this.clock}. Up ${this.up} seconds.`)
  }

  private get up(): string {
    return ((this.proc.nowUs - this.bootedUs) / 1_000_000).toFixed(2)
  }

  /** `Wed, 24 Dec 2014 00:18:12 +0000` */
  private get clock(): string {
    return httpDate(this.proc.clock).replace('GMT', '+0000')
  }

  private get stamp(): string {
    return this.clock.replace(/^\w+, /, '').replace(' +0000', '')
  }

  /** The box that tells what the network came to. */
  private deviceTable(): void {
    const rows = [['Device', 'Up', 'Address', 'Mask', 'Hw-Address']]
    for (const dev of this.proc.netns.devices) {
      const address = dev.addresses[0]
      rows.push([
        dev.name,
        dev.isUp ? 'True' : 'False',
        address === undefined ? '.' : formatIpv4(address.local),
        address === undefined ? '.' : formatIpv4(maskOf(address.length)),
        dev === this.proc.netns.loopback ? '.' : formatMac(dev.mac),
      ])
    }
    const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
    const centred = (text: string, width: number): string => {
      const left = Math.floor((width - text.length) / 2)
      return ' '.repeat(left) + text + ' '.repeat(width - text.length - left)
    }
    const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`
    const lines = rows.map((row) => `|${row.map((cell, i) => ` ${centred(cell, widths[i]!)} `).join('|')}|`)
    const title = 'Net device info'
    const side = rule.length - title.length
    this.proc.line(`ci-info: ${'+'.repeat(Math.floor(side / 2))}${title}${'+'.repeat(Math.ceil(side / 2))}`)
    for (const line of [rule, lines[0]!, rule, ...lines.slice(1), rule]) this.proc.line(`ci-info: ${line}`)
  }

  private async publicKeys(): Promise<void> {
    const key = await this.fetch('/latest/meta-data/public-keys/0/openssh-key')
    if (key === null) return
    this.proc.machine.files.mkdir('/root/.ssh', { parents: true })
    this.proc.machine.files.write('/root/.ssh/authorized_keys', `${key.trim()}\n`)
  }

  private async userData(): Promise<void> {
    const text = await this.fetch('/latest/user-data')
    if (text === null || !text.startsWith('#!')) return
    this.proc.machine.files.mkdir(SCRIPTS, { parents: true })
    this.proc.machine.files.write(`${SCRIPTS}/part-001`, text, { mode: 0o755 })
    await this.command([`${SCRIPTS}/part-001`])
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

  /** null: no answer, or not that. */
  private async fetch(path: string): Promise<string | null> {
    const { proc } = this
    const socket = openTcp(proc)
    try {
      if ((await connectTcp(proc, socket, { address: parseIpv4(METADATA_HOST)!, port: 80 }, 50_000_000)) !== null) return null
      const head = `GET ${path} HTTP/1.1\r\nHost: ${METADATA_HOST}\r\nUser-Agent: Cloud-Init/${this.version}\r\nConnection: close\r\n\r\n`
      await writeTcp(proc, socket, toBytes(head))
      const reader = new HttpReader(proc, socket)
      const answer = await reader.head()
      if (answer === null || answer.first.split(' ')[1] !== '200') return null
      return await reader.body(answer.headers, true)
    } finally {
      socket.close()
    }
  }
}
