// The files a fresh machine has: directories, /etc, programs.

import type { Command } from './command.js'
import type { FileTree } from './files.js'
import type { Image } from './image.js'
import { lacksProgram } from './image-programs.js'
import { Directory, RegularFile } from './inode.js'
import { parentPath } from './path.js'
import { programImage } from './program.js'

const DIRECTORIES = [
  '/boot',
  '/dev',
  '/etc',
  '/etc/default',
  '/etc/init.d',
  '/etc/iproute2',
  '/etc/network',
  '/etc/profile.d',
  '/etc/sysctl.d',
  '/home',
  '/lib',
  '/media',
  '/mnt',
  '/opt',
  '/root',
  '/run',
  '/srv',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/usr/local',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/sbin',
  '/usr/share',
  '/var',
  '/var/cache',
  '/var/lib',
  '/var/log',
  '/var/spool',
]

export interface UserSpec {
  readonly name: string
  readonly uid?: number
  readonly shell?: string
  readonly home?: string
}

/** Lays directories and configuration; `hostname` and `users` are the machine's own. */
export function layRootFiles(files: FileTree, image: Image, hostname: string, users: readonly UserSpec[]): void {
  for (const directory of DIRECTORIES) files.mkdir(directory)
  files.mkdir('/tmp', { mode: 0o1777 })
  files.mkdir('/var/tmp', { mode: 0o1777 })
  files.chmod('/root', 0o700)
  layBinaries(files, image)
  files.symlink('/run', '/var/run')
  files.mkdir('/run/lock', { mode: 0o1777 })
  files.symlink('/run/lock', '/var/lock')
  layUsers(files, image, users)
  layHost(files, image, hostname)
  layNetworkFiles(files, image)
  layShellFiles(files, image)
}

function layBinaries(files: FileTree, image: Image): void {
  if (image.facts.isUsrMerged) {
    files.symlink('usr/bin', '/bin')
    files.symlink('usr/sbin', '/sbin')
    return
  }
  files.mkdir('/bin')
  files.mkdir('/sbin')
}

interface Installed {
  readonly folder: string
  readonly name: string
  readonly image: Uint8Array
}

/** The same for every machine of an image's name. */
const lists = new WeakMap<ReadonlyMap<string, Command>, Map<string, readonly Installed[]>>()

function installedOn(image: Image, commands: ReadonlyMap<string, Command>): readonly Installed[] {
  let byImage = lists.get(commands)
  if (byImage === undefined) lists.set(commands, (byImage = new Map()))
  let list = byImage.get(image.name)
  if (list === undefined) {
    list = [...commands.values()].filter(({ name }) => !lacksProgram(image, name)).map(installed)
    byImage.set(image.name, list)
  }
  return list
}

function installed({ name, path }: Command): Installed {
  const folder = parentPath(path)
  return { folder, name: path.slice(folder.length + 1), image: imageOf(name) }
}

/** Programs lie where their commands say; what is there stays. */
export function installCommands(files: FileTree, image: Image, commands: ReadonlyMap<string, Command>): void {
  const folders = new Map<string, Directory>()
  for (const { folder: path, name, image: bytes } of installedOn(image, commands)) {
    let folder = folders.get(path)
    if (folder === undefined) folders.set(path, (folder = folderAt(files, path)))
    if (!folder.entries.has(name)) files.addTo(folder, name, new RegularFile(bytes, 0o755))
  }
}

function folderAt(files: FileTree, path: string): Directory {
  files.mkdir(path, { parents: true })
  const node = files.node(path)
  if (node instanceof Directory) return node
  throw new Error(`${path} is no folder`)
}

/** The same bytes on every machine. */
const images = new Map<string, Uint8Array>()

function imageOf(name: string): Uint8Array {
  let image = images.get(name)
  if (image === undefined) {
    image = programImage(name)
    images.set(name, image)
  }
  return image
}

const SYSTEM_USERS = [
  'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
  'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
  'sys:x:3:3:sys:/dev:/usr/sbin/nologin',
  'sync:x:4:65534:sync:/bin:/bin/sync',
  'man:x:6:12:man:/var/cache/man:/usr/sbin/nologin',
  'mail:x:8:8:mail:/var/mail:/usr/sbin/nologin',
  'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  'syslog:x:101:103::/home/syslog:/bin/false',
  'sshd:x:102:65534::/var/run/sshd:/usr/sbin/nologin',
  'tcpdump:x:103:104::/nonexistent:/usr/sbin/nologin',
  'libvirt-qemu:x:105:106:Libvirt Qemu,,,:/var/lib/libvirt:/bin/false',
  'libvirt-dnsmasq:x:106:107:Libvirt Dnsmasq,,,:/var/lib/libvirt/dnsmasq:/bin/false',
  'nova:x:107:111::/var/lib/nova:/bin/sh',
  'neutron:x:108:112::/var/lib/neutron:/bin/false',
]

const SYSTEM_GROUPS = [
  'daemon:x:1:',
  'bin:x:2:',
  'sys:x:3:',
  'adm:x:4:',
  'tty:x:5:',
  'disk:x:6:',
  'mail:x:8:',
  'sudo:x:27:',
  'www-data:x:33:',
  'users:x:100:',
  'syslog:x:103:',
  'tcpdump:x:104:',
  'kvm:x:106:',
  'libvirtd:x:110:',
  'nova:x:111:',
  'neutron:x:112:',
  'nogroup:x:65534:',
]

function layUsers(files: FileTree, image: Image, users: readonly UserSpec[]): void {
  const shell = image.family === 'cirros' ? '/bin/sh' : '/bin/bash'
  const passwd = [`root:x:0:0:root:/root:${shell}`, ...SYSTEM_USERS]
  const groups = ['root:x:0:', ...SYSTEM_GROUPS]
  let next = 1000
  const specs = image.family === 'cirros' && !users.some((user) => user.name === 'cirros') ? [...users, { name: 'cirros' }] : users
  for (const user of specs) {
    const uid = user.uid ?? next++
    const home = user.home ?? `/home/${user.name}`
    passwd.push(`${user.name}:x:${uid}:${uid}:${user.name},,,:${home}:${user.shell ?? shell}`)
    groups.push(`${user.name}:x:${uid}:`)
    files.mkdir(home, { parents: true })
    files.chown(home, uid, uid)
  }
  files.write('/etc/passwd', `${passwd.join('\n')}\n`)
  const sudoers = specs.map((user) => user.name).join(',')
  files.write(
    '/etc/group',
    `${groups.map((line) => (line.startsWith('sudo:') || line.startsWith('adm:') ? line + sudoers : line)).join('\n')}\n`,
  )
  files.write('/etc/shadow', passwd.map((line) => `${line.split(':')[0]}:*:15000:0:99999:7:::\n`).join(''), { mode: 0o640 })
}

function layHost(files: FileTree, image: Image, hostname: string): void {
  const { pretty, id, versionId, codename } = image.facts
  files.write('/etc/hostname', `${hostname}\n`)
  files.write(
    '/etc/hosts',
    `127.0.0.1\tlocalhost\n127.0.1.1\t${hostname}\n\n::1     ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff00::0 ip6-mcastprefix\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n`,
  )
  files.write('/etc/resolv.conf', '')
  files.write('/etc/issue', `${pretty} \\n \\l\n\n`)
  files.write('/etc/issue.net', `${pretty}\n`)
  const name = id === 'ubuntu' ? 'Ubuntu' : id === 'debian' ? 'Debian GNU/Linux' : id === 'centos' ? 'CentOS Linux' : 'CirrOS'
  files.write(
    '/etc/os-release',
    `PRETTY_NAME="${pretty}"\nNAME="${name}"\nVERSION_ID="${versionId}"\nVERSION="${versionId} (${codename})"\nVERSION_CODENAME=${codename}\nID=${id}\n`,
  )
  if (id === 'ubuntu') {
    files.write(
      '/etc/lsb-release',
      `DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=${versionId}\nDISTRIB_CODENAME=${codename}\nDISTRIB_DESCRIPTION="${pretty}"\n`,
    )
  }
  if (id === 'debian' || id === 'ubuntu') files.write('/etc/debian_version', id === 'debian' ? '12.2\n' : `${codename}/sid\n`)
  if (id === 'centos') files.write('/etc/redhat-release', 'CentOS Linux release 7.7.1908 (Core) \n')
}

function layNetworkFiles(files: FileTree, { facts, family }: Image): void {
  if (family !== 'cirros') files.write('/etc/networks', facts.id === 'ubuntu' ? UBUNTU_NETWORKS : NETWORKS)
  files.write('/etc/services', SERVICES_TEXT)
  files.write('/etc/protocols', PROTOCOLS_TEXT)
  files.write(
    '/etc/iproute2/rt_tables',
    '#\n# reserved values\n#\n255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n#\n# local\n#\n#1\tinr.ruhep\n',
  )
  files.write('/etc/network/interfaces', 'auto lo\niface lo inet loopback\n')
  files.write(
    '/etc/nsswitch.conf',
    'passwd:         files\ngroup:          files\nshadow:         files\n\nhosts:          files dns\nnetworks:       files\n',
  )
  files.write('/etc/sysctl.conf', '')
}

function layShellFiles(files: FileTree, image: Image): void {
  files.write('/etc/shells', '/bin/sh\n/bin/bash\n')
  files.write('/etc/profile', 'for i in /etc/profile.d/*.sh; do\n  if [ -r "$i" ]; then\n    . "$i"\n  fi\ndone\nunset i\n')
  if (image.family === 'cirros') return
  files.write('/root/.bashrc', BASHRC)
  files.write('/root/.profile', 'if [ -f ~/.bashrc ]; then\n  . ~/.bashrc\nfi\n')
}

export const BASHRC = "alias ll='ls -alF'\nalias la='ls -A'\nalias l='ls -CF'\nalias grep='grep --color=auto'\n"

const SERVICES: readonly (readonly [string, string])[] = [
  ['echo', '7/tcp'],
  ['echo', '7/udp'],
  ['discard', '9/tcp'],
  ['discard', '9/udp'],
  ['ftp-data', '20/tcp'],
  ['ftp', '21/tcp'],
  ['ssh', '22/tcp'],
  ['telnet', '23/tcp'],
  ['smtp', '25/tcp'],
  ['time', '37/tcp'],
  ['domain', '53/tcp'],
  ['domain', '53/udp'],
  ['bootps', '67/udp'],
  ['bootpc', '68/udp'],
  ['tftp', '69/udp'],
  ['http', '80/tcp'],
  ['pop3', '110/tcp'],
  ['sunrpc', '111/tcp'],
  ['ntp', '123/udp'],
  ['imap2', '143/tcp'],
  ['snmp', '161/udp'],
  ['bgp', '179/tcp'],
  ['https', '443/tcp'],
  ['syslog', '514/udp'],
  ['dhcpv6-client', '546/udp'],
  ['dhcpv6-server', '547/udp'],
  ['mysql', '3306/tcp'],
  ['vxlan', '4789/udp'],
  ['amqp', '5672/tcp'],
  ['x11', '6000/tcp'],
  ['openflow', '6653/tcp'],
  ['bbs', '7000/tcp'],
  ['afs3-fileserver', '7000/udp'],
  ['http-alt', '8080/tcp'],
]

const PROTOCOLS: readonly (readonly [string, number])[] = [
  ['ip', 0],
  ['icmp', 1],
  ['igmp', 2],
  ['ipencap', 4],
  ['tcp', 6],
  ['egp', 8],
  ['udp', 17],
  ['ipv6', 41],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['ospf', 89],
  ['vrrp', 112],
  ['sctp', 132],
  ['udplite', 136],
]

const NETWORKS = 'default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n\n'
const UBUNTU_NETWORKS = '# symbolic names for networks, see networks(5) for more information\nlink-local 169.254.0.0\n'

const SERVICES_TEXT = SERVICES.map(([name, port]) => `${name.padEnd(16)}${port}\n`).join('')
const PROTOCOLS_TEXT = PROTOCOLS.map(([name, number]) => `${name}\t${number}\t${name.toUpperCase()}\n`).join('')
