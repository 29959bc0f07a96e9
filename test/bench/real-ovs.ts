// A real Open vSwitch in a namespace of its own: userspace datapath, its own sockets and database. Root and the Debian packages only.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const OVS_TOOLS = ['ovsdb-tool', 'ovsdb-server', 'ovs-vswitchd', 'ovs-vsctl', 'ovs-ofctl', 'ovs-appctl']
const NAMESPACE = 'nlbench-ovs'

/** bash: ovsdb-server and ovs-vswitchd of namespace `$node`, in `$STATE/$node`; `v` is its ovs-vsctl. */
export const START_OVS = `mkdir -p $STATE/$node; export OVS_RUNDIR=$STATE/$node OVS_LOGDIR=$STATE/$node OVS_DBDIR=$STATE/$node OVS_SYSCONFDIR=$STATE/$node
ovsdb-tool create $OVS_DBDIR/conf.db /usr/share/openvswitch/vswitch.ovsschema
ip netns exec $node ovsdb-server $OVS_DBDIR/conf.db --remote=punix:$OVS_RUNDIR/db.sock --pidfile --detach --no-chdir --log-file 2> /dev/null
v() { ovs-vsctl --db=unix:$OVS_RUNDIR/db.sock "$@"; }
v --no-wait init
ip netns exec $node ovs-vswitchd unix:$OVS_RUNDIR/db.sock --pidfile --detach --no-chdir --log-file 2> /dev/null`

export class RealOvs {
  private socket: Socket | null = null
  private text = ''
  private answered: ((answer: string) => void) | null = null

  private constructor(readonly state: string) {}

  /** With what `lines` make of it (`v` is ovs-vsctl); or why there is none here. */
  static open(lines: string): RealOvs | string {
    if (process.getuid?.() !== 0) return 'needs root'
    for (const tool of ['ip', ...OVS_TOOLS]) if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `needs ${tool}`
    const real = new RealOvs(mkdtempSync(join(tmpdir(), 'netlab-bench-')))
    const script = `set -e; node=${NAMESPACE}; ip netns add $node; ip -n $node link set lo up\n${START_OVS}\n${lines}`
    const built = spawnSync('bash', ['-c', script], { encoding: 'utf8', env: { ...process.env, STATE: real.state } })
    if (built.status === 0) return real
    real.close()
    return `Open vSwitch could not be started: ${built.stderr.trim().split('\n').pop()}`
  }

  private get folder(): string {
    return join(this.state, NAMESPACE)
  }

  /** A whole process, as a person would start it. */
  command(tool: string, args: readonly string[]): string {
    const env = { ...process.env, OVS_RUNDIR: this.folder }
    const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8', env, maxBuffer: 2 ** 27 })
    if (status !== 0) throw new Error(`${tool}: ${stderr}`)
    return stdout
  }

  file(name: string, text: string): string {
    const path = join(this.state, name)
    writeFileSync(path, text)
    return path
  }

  /** As ovs-appctl would ask, over one socket that stays open. */
  ask(method: string, params: readonly string[]): Promise<string> {
    if (this.socket === null) this.connect()
    return new Promise((resolve) => {
      this.answered = resolve
      this.socket!.write(JSON.stringify({ id: 0, method, params }))
    })
  }

  private connect(): void {
    const pid = readFileSync(join(this.folder, 'ovs-vswitchd.pid'), 'utf8').trim()
    this.socket = connect(join(this.folder, `ovs-vswitchd.${pid}.ctl`))
    this.socket.on('data', (data: Buffer) => {
      this.text += data.toString()
      if (!/}\s*$/.test(this.text)) return
      const { result, error } = JSON.parse(this.text) as { result: string | null; error: unknown }
      this.text = ''
      this.answered?.(result ?? `error: ${JSON.stringify(error)}`)
    })
  }

  close(): void {
    this.socket?.destroy()
    spawnSync('sh', ['-c', `for f in ${this.folder}/*.pid; do [ -e "$f" ] && kill $(cat $f) && sleep 0.3; done`])
    spawnSync('ip', ['netns', 'del', NAMESPACE])
    rmSync(this.state, { recursive: true, force: true })
  }
}
