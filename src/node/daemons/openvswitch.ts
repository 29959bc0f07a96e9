// Open vSwitch on a machine: the processes of ovsdb-server and ovs-vswitchd as the distribution starts and watches them, their
// sockets and files. What the switch does (src/ovs) is loaded when the first command asks for it: a node that has the service and does
// not use it costs its processes only.
import type { OvsDb } from '../../ovs/db/database.js'
import type { Reconfigurer } from '../../ovs/db/reconfigure.js'
import { vswitchOn } from '../../ovs/registry.js'
import type { VSwitch } from '../../ovs/vswitch.js'
import { SocketFile } from '../inode.js'
import { loading } from '../loading.js'
import type { Machine } from '../machine.js'
import type { Process } from '../process.js'
import { ovsCommandLine, ovsRestarts, type SystemFacts, systemFacts } from './openvswitch-start.js'

export const OVS_RUNDIR = '/var/run/openvswitch'
export const OVS_SOCKET = `${OVS_RUNDIR}/db.sock`
const LOGDIR = '/var/log/openvswitch'

export type OvsDaemonName = 'ovsdb-server' | 'ovs-vswitchd'

const services = new WeakMap<Machine, OpenvSwitch>()

/** null: the node has no Open vSwitch. */
export function openvswitchOn(machine: Machine): OpenvSwitch | null {
  return services.get(machine) ?? null
}

/** Starts the service as at boot. */
export function startOpenvswitch(machine: Machine): OpenvSwitch {
  let service = services.get(machine)
  if (service === undefined) {
    service = new OpenvSwitch(machine)
    services.set(machine, service)
  }
  service.start()
  return service
}

const BRIDGE_SOCKETS = ['mgmt', 'snoop'] as const

/** The switch that runs on a machine, made if nobody has asked before; null: ovs-vswitchd does not run. */
export async function runningVSwitch(machine: Machine): Promise<VSwitch | null> {
  const service = openvswitchOn(machine)
  if (service === null || service.vswitchd === null) return null
  await service.database()
  return vswitchOn(machine.kernel)
}

/** One of the two daemons: it runs, is watched by a monitor or by init, and is started again after a crash. */
class OvsDaemon {
  process: Process | null = null
  private monitor: Process | null = null
  private isWanted = false
  private restartsUs: number[] = []

  constructor(
    readonly name: OvsDaemonName,
    private readonly service: OpenvSwitch,
  ) {}

  get pid(): number | null {
    return this.process?.pid ?? null
  }

  start(): void {
    if (this.process !== null) return
    this.isWanted = true
    const { machine } = this.service
    const hasMonitor = ovsRestarts(machine.image) === 'monitor'
    this.monitor = hasMonitor ? machine.daemon([`${this.name}: monitoring pid 0 (healthy)`], (proc) => watch(proc)) : null
    this.monitor?.atExit(() => this.monitorEnded())
    this.run()
  }

  private run(): void {
    const { machine } = this.service
    const argv = ovsCommandLine(this.name, machine.image)
    const proc = machine.daemon(argv, (self) => this.service.body(this.name, self))
    this.process = proc
    if (this.monitor !== null) {
      proc.ppid = this.monitor.pid
      this.monitor.argv = [`${this.name}: monitoring pid ${proc.pid} (healthy)`]
      this.monitor.comm = this.name
    }
    this.service.layFiles(this.name, proc)
    proc.atExit(() => this.ended(proc))
  }

  /** Without its monitor a daemon goes on, and nobody starts it again. */
  private monitorEnded(): void {
    this.monitor = null
    if (this.process !== null) this.process.ppid = 1
  }

  /** A crash is followed by a new start; what was ended on purpose stays away. */
  private ended(proc: Process): void {
    if (this.process !== proc) return
    this.process = null
    this.service.dropFiles(this.name, proc)
    this.service.stopped(this.name)
    const { machine } = this.service
    const by = ovsRestarts(machine.image)
    const isWatched = by === 'systemd' || this.monitor !== null
    const again = this.isWanted && isWatched && crashed(proc, by) && this.mayRestart()
    if (again) machine.sim.scheduler.after(RESTART_US, () => void (this.isWanted && this.process === null && this.run()))
    else this.monitor?.end(0, null)
  }

  /** Not more than five times in ten seconds, as systemd has it. */
  private mayRestart(): boolean {
    const { nowUs } = this.service.machine.sim
    this.restartsUs = this.restartsUs.filter((atUs) => nowUs - atUs < RESTART_WINDOW_US)
    this.restartsUs.push(nowUs)
    return this.restartsUs.length <= RESTART_BURST
  }

  stop(): void {
    this.isWanted = false
    this.process?.kill('TERM')
    this.monitor?.end(0, null)
  }
}

const RESTART_US = 100_000
const RESTART_WINDOW_US = 10_000_000
const RESTART_BURST = 5
/** Signals after which a monitor starts its daemon again. */
const CRASHES = new Set(['ABRT', 'ALRM', 'BUS', 'FPE', 'ILL', 'PIPE', 'SEGV', 'XCPU', 'XFSZ'])
/** Signals that systemd takes for an end in good order. */
const CLEAN = new Set(['TERM', 'INT', 'HUP', 'PIPE'])

function crashed(proc: Process, by: 'monitor' | 'systemd'): boolean {
  if (proc.endSignal === null) return by === 'systemd' && proc.exitCode !== 0
  return by === 'monitor' ? CRASHES.has(proc.endSignal) : !CLEAN.has(proc.endSignal)
}

async function watch(proc: Process): Promise<number> {
  await proc.wait(() => {})
  return 0
}

export class OpenvSwitch {
  private readonly server = new OvsDaemon('ovsdb-server', this)
  private readonly switchd = new OvsDaemon('ovs-vswitchd', this)
  /** Bridges whose sockets lie there. */
  private readonly bridgeSockets = new Set<string>()
  private loaded: Promise<OvsDb> | null = null
  private db: OvsDb | null = null
  private work: Reconfigurer | null = null
  private readonly wakers = new Set<() => void>()

  private readonly facts: SystemFacts

  constructor(readonly machine: Machine) {
    this.facts = systemFacts(machine)
  }

  /** null: it does not run. */
  get ovsdbServer(): Process | null {
    return this.server.process
  }

  get vswitchd(): Process | null {
    return this.switchd.process
  }

  start(): void {
    this.server.start()
    this.switchd.start()
  }

  stop(): void {
    this.switchd.stop()
    this.server.stop()
  }

  /** The database, whether or not somebody serves it. */
  database(): Promise<OvsDb> {
    this.loaded ??= loading.hold(this.load())
    return this.loaded
  }

  /** The database if somebody has used it already: for completion, which cannot wait. */
  get databaseNow(): OvsDb | null {
    return this.db
  }

  /** The database as a client sees it; the errno when nobody listens on the socket. */
  async connect(): Promise<OvsDb | 'ENOENT' | 'ECONNREFUSED'> {
    if (this.ovsdbServer !== null) return await this.database()
    return this.machine.files.exists(OVS_SOCKET) ? 'ECONNREFUSED' : 'ENOENT'
  }

  private async load(): Promise<OvsDb> {
    const { openDatabase, Reconfigurer } = await import('../../ovs/db/open.js')
    const { machine } = this
    const db = openDatabase(machine.image.tool('ovs'), machine.kernel, this.facts)
    this.db = db
    this.work = new Reconfigurer(db, machine.kernel, {
      log: (module, level, text) => this.log('ovs-vswitchd', module, level, text),
      wake: () => this.wake(),
    })
    db.onCommit(() => this.wake())
    if (this.vswitchd !== null) this.work.start()
    this.wake()
    return db
  }

  private wake(): void {
    for (const waker of [...this.wakers]) waker()
  }

  /** What the daemons do as processes. */
  async body(name: OvsDaemonName, proc: Process): Promise<number> {
    if (name === 'ovsdb-server') return await watch(proc)
    for (;;) {
      if (this.work !== null && this.ovsdbServer !== null) {
        this.work.start()
        this.work.run()
        this.layBridgeSockets()
      }
      await proc.wait<void>((resolve) => {
        const waker = (): void => resolve(undefined)
        this.wakers.add(waker)
        return () => this.wakers.delete(waker)
      })
      // Its own end woke it.
      if (proc.isDone) return 0
    }
  }

  stopped(name: OvsDaemonName): void {
    if (name === 'ovs-vswitchd') {
      this.work?.stop()
      for (const bridge of this.bridgeSockets) this.liftBridgeSockets(bridge)
    } else this.db?.forgetEphemeral()
  }

  layFiles(name: OvsDaemonName, proc: Process): void {
    const { files } = this.machine
    for (const folder of [OVS_RUNDIR, LOGDIR, '/etc/openvswitch']) files.mkdir(folder, { parents: true })
    files.write(`${OVS_RUNDIR}/${name}.pid`, `${proc.pid}\n`)
    this.laySocket(`${OVS_RUNDIR}/${name}.${proc.pid}.ctl`)
    if (name === 'ovsdb-server') this.laySocket(OVS_SOCKET)
    if (!files.exists('/etc/openvswitch/conf.db')) files.write('/etc/openvswitch/conf.db', 'OVSDB JSON\n')
    if (!files.exists('/etc/openvswitch/system-id.conf')) files.write('/etc/openvswitch/system-id.conf', `${this.facts.systemId}\n`)
    this.log(name, 'vlog', 'INFO', `opened log file ${LOGDIR}/${name}.log`)
  }

  /** A daemon that is killed outright leaves its sockets lying. */
  dropFiles(name: OvsDaemonName, proc: Process): void {
    if (proc.endSignal === 'KILL' || proc.endSignal === 'SEGV' || proc.endSignal === 'ABRT') return
    const { files } = this.machine
    const paths = [`${OVS_RUNDIR}/${name}.pid`, `${OVS_RUNDIR}/${name}.${proc.pid}.ctl`]
    for (const path of name === 'ovsdb-server' ? [...paths, OVS_SOCKET] : paths) if (files.exists(path)) files.remove(path)
  }

  private readonly logged = new Map<OvsDaemonName, number>()

  /** `2013-03-02T04:05:06.789Z|00002|bridge|INFO|bridge br0: added interface eth0 on port 1` */
  log(name: OvsDaemonName, module: string, level: string, text: string): void {
    const count = (this.logged.get(name) ?? 0) + 1
    this.logged.set(name, count)
    const time = new Date(Math.floor(this.machine.clockUs / 1000)).toISOString()
    const line = `${time}|${String(count).padStart(5, '0')}|${module}|${level}|${text}\n`
    this.machine.files.write(`${LOGDIR}/${name}.log`, line, { append: true })
  }

  /** Where ovs-ofctl finds a bridge, and where it listens in. */
  private layBridgeSockets(): void {
    const bridges = vswitchOn(this.machine.kernel)?.bridges
    for (const name of this.bridgeSockets) if (bridges?.has(name) !== true) this.liftBridgeSockets(name)
    for (const name of bridges?.keys() ?? []) {
      if (this.bridgeSockets.has(name)) continue
      this.bridgeSockets.add(name)
      for (const kind of BRIDGE_SOCKETS) this.laySocket(`${OVS_RUNDIR}/${name}.${kind}`)
    }
  }

  private liftBridgeSockets(name: string): void {
    this.bridgeSockets.delete(name)
    const { files } = this.machine
    for (const kind of BRIDGE_SOCKETS) if (files.exists(`${OVS_RUNDIR}/${name}.${kind}`)) files.remove(`${OVS_RUNDIR}/${name}.${kind}`)
  }

  private laySocket(path: string): void {
    const { files } = this.machine
    if (files.exists(path)) files.remove(path)
    files.addNew(path, new SocketFile(0o750))
  }
}
