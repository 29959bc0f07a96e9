// id, whoami, groups, logname, who, users, tty, hostname.

import type { Command } from '../../node/command.js'
import { attempt, fail, gnuTool, quoteName } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import type { Group, User } from '../../node/users.js'
import { strftime } from '../../shell/strftime.js'

function groupsOf(proc: Process, user: User): readonly Group[] {
  return proc.machine.users.groupsOf(user)
}

export const idCommand: Command = gnuTool({
  name: 'id',
  path: '/usr/bin/id',
  usage: 'id [-gGnru] [USER]',
  options: ['u|user', 'g|group', 'G|groups', 'n|name', 'r|real'],
  lacks: ['Z|context'],
  run: (proc, options) => {
    const { users } = proc.machine
    const name = options.operands[0]
    const user = name === undefined ? users.byUid(proc.uid) : users.byName(name)
    if (user === null)
      return fail(
        proc,
        proc.machine.image.toolAtLeast('coreutils', '8.25')
          ? `${quoteName(proc, name ?? String(proc.uid))}: no such user`
          : `${name}: No such user`,
      )
    const isName = options.has('name')
    const groups = groupsOf(proc, user)
    const show = (id: number, text: string | undefined): string => (isName ? (text ?? String(id)) : String(id))
    if (options.has('user')) proc.line(show(user.uid, user.name))
    else if (options.has('group')) proc.line(show(user.gid, users.groupById(user.gid)?.name))
    else if (options.has('groups')) proc.line(groups.map((group) => show(group.gid, group.name)).join(' '))
    else
      proc.line(
        `uid=${user.uid}(${user.name}) gid=${user.gid}(${users.groupById(user.gid)?.name ?? user.gid}) groups=${groups.map((group) => `${group.gid}(${group.name})`).join(',')}`,
      )
    return 0
  },
})

export const whoamiCommand: Command = gnuTool({
  name: 'whoami',
  path: '/usr/bin/whoami',
  usage: 'whoami',
  options: [],
  run: (proc) => {
    proc.line(proc.user)
    return 0
  },
})

export const lognameCommand: Command = gnuTool({
  name: 'logname',
  path: '/usr/bin/logname',
  usage: 'logname',
  options: [],
  run: (proc) => {
    proc.line(proc.env.get('LOGNAME') ?? proc.user)
    return 0
  },
})

export const groupsCommand: Command = gnuTool({
  name: 'groups',
  path: '/usr/bin/groups',
  usage: 'groups [USER]...',
  options: [],
  run: (proc, options) => {
    const { users } = proc.machine
    if (options.operands.length === 0) {
      const user = users.byUid(proc.uid)
      proc.line(
        user === null
          ? String(proc.gid)
          : groupsOf(proc, user)
              .map((group) => group.name)
              .join(' '),
      )
      return 0
    }
    let code = 0
    for (const name of options.operands) {
      const user = users.byName(name)
      if (user === null) code = fail(proc, `${quoteName(proc, name)}: no such user`)
      else
        proc.line(
          `${name} : ${groupsOf(proc, user)
            .map((group) => group.name)
            .join(' ')}`,
        )
    }
    return code
  },
})

/** Login shells at terminals. */
function logins(proc: Process): Process[] {
  return [...proc.machine.processes.values()].filter((other) => other.tty !== null && other.pid === other.sid)
}

export const whoCommand: Command = gnuTool({
  name: 'who',
  path: '/usr/bin/who',
  usage: 'who [-bmu] [am i]',
  options: ['b|boot', 'm', 'u|users'],
  lacks: ['a|all', 'H|heading', 'q|count'],
  run: (proc, options) => {
    const { machine } = proc
    const stamp = (us: number): string => strftime('%Y-%m-%d %H:%M', us)
    if (options.has('boot')) {
      proc.line(`         system boot  ${stamp(machine.clockUs - machine.uptimeUs)}`)
      return 0
    }
    const mine = options.has('m') || options.operands.length === 2
    for (const login of logins(proc)) {
      if (mine && login.tty !== proc.tty) continue
      proc.line(`${login.user.padEnd(8)} ${login.tty!.name.padEnd(12)} ${stamp(machine.clockStartUs + login.startedUs)}`)
    }
    return 0
  },
})

export const usersCommand: Command = gnuTool({
  name: 'users',
  path: '/usr/bin/users',
  usage: 'users',
  options: [],
  run: (proc) => {
    const names = logins(proc)
      .map((login) => login.user)
      .sort()
    if (names.length > 0) proc.line(names.join(' '))
    return 0
  },
})

export const ttyCommand: Command = gnuTool({
  name: 'tty',
  path: '/usr/bin/tty',
  usage: 'tty [-s]',
  options: ['s|silent|quiet'],
  run: (proc, options) => {
    const isTty = proc.stdin.isTty && proc.tty !== null
    if (!options.has('silent')) proc.line(isTty ? `/dev/${proc.tty!.name}` : 'not a tty')
    return isTty ? 0 : 1
  },
})

/** Names of this machine in /etc/hosts. */
function hostLine(proc: Process): { address: string; names: string[] } | null {
  const { hostname, files } = proc.machine
  let text = ''
  attempt(() => {
    text = files.read('/etc/hosts')
  })
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (address !== undefined && names.includes(hostname)) return { address, names }
  }
  return null
}

export const hostnameCommand: Command = gnuTool({
  name: 'hostname',
  path: '/bin/hostname',
  usage: 'hostname [-dfiIs] [-F FILE | NAME]',
  version: ['net-tools', 'net-tools'],
  options: ['s|short', 'f|fqdn|long', 'd|domain', 'i|ip-address', 'I|all-ip-addresses', 'F|file:', 'b|boot'],
  lacks: ['a|alias', 'y|yp|nis', 'A|all-fqdns'],
  run: (proc, options) => {
    const { machine } = proc
    const file = options.value('file')
    const name = options.operands[0] ?? (file === null ? undefined : proc.files.read(file).trim())
    if (name !== undefined) {
      if (!proc.isRoot) return fail(proc, 'you must be root to change the host name')
      machine.hostname = name
      return 0
    }
    const full = hostLine(proc)?.names[0] ?? machine.hostname
    if (options.has('short')) proc.line(machine.hostname.split('.')[0]!)
    else if (options.has('fqdn')) proc.line(full)
    else if (options.has('domain')) proc.line(full.includes('.') ? full.slice(full.indexOf('.') + 1) : '')
    else if (options.has('all-ip-addresses')) proc.line(allAddresses(proc))
    else if (options.has('ip-address')) proc.line(hostLine(proc)?.address ?? '127.0.0.1')
    else proc.line(machine.hostname)
    return 0
  },
})

function allAddresses(proc: Process): string {
  const texts: string[] = []
  for (const dev of proc.netns.devices) {
    if (!dev.isUp || (dev.flags & 8) !== 0) continue
    for (const { local } of dev.addresses) texts.push([24, 16, 8, 0].map((shift) => (local >>> shift) & 255).join('.'))
  }
  return texts.map((text) => `${text} `).join('')
}
