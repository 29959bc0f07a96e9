// Programs people type out of habit that netlab knows by name only: each says so, and what does the job here.

import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'

const PACKAGES = 'every tool the lab has is installed already'
const EDITOR = 'change files with sed -i, tee or cat > FILE'
const BUILD = 'nothing is built in the lab'
const CODE = 'write it for bash or awk'
const LOOK = 'look with ss -p, ps or /proc/PID'
const CALLS = 'there are no system calls to follow: use tcpdump for packets'
const POWER = "a node stays on while the lab is open: see `lab help'"
const STORAGE = 'the lab has one file tree and no disks'
const ACCOUNTS = 'edit /etc/passwd and /etc/group'
const RADIO = 'there is no such hardware'
const RATE = 'measure with ping -f or curl -w'
const TRAFFIC = 'links of the lab have no queues'
const SCREEN = 'open a second terminal of the node instead'
const NFT = 'use iptables'

const ABSENT: Readonly<Record<string, string>> = {
  apt: PACKAGES, 'apt-get': PACKAGES, 'apt-cache': PACKAGES, aptitude: PACKAGES, dpkg: PACKAGES, yum: PACKAGES, dnf: PACKAGES, rpm: PACKAGES, snap: PACKAGES, pip: PACKAGES,
  vi: EDITOR, vim: EDITOR, view: EDITOR, nano: EDITOR, emacs: EDITOR, ed: EDITOR, ex: EDITOR,
  git: BUILD, make: BUILD, gcc: BUILD, cc: BUILD, 'g++': BUILD, cmake: BUILD, go: BUILD, patch: BUILD,
  python: CODE, python2: CODE, python3: CODE, perl: CODE, ruby: CODE, node: CODE, expect: CODE, jq: 'use ip -j with grep or awk', bc: 'use $((...)) or awk', dc: 'use $((...)) or awk',
  lsof: LOOK, fuser: LOOK, strace: CALLS, ltrace: CALLS, gdb: CALLS, perf: CALLS, bpftrace: CALLS, bpftool: CALLS,
  shutdown: POWER, reboot: POWER, halt: POWER, poweroff: POWER, init: POWER, telinit: POWER,
  fdisk: STORAGE, parted: STORAGE, mkfs: STORAGE, lsblk: STORAGE, blkid: STORAGE, fsck: STORAGE, lvs: STORAGE, vgs: STORAGE, pvs: STORAGE, dd: 'use head -c',
  useradd: ACCOUNTS, adduser: ACCOUNTS, usermod: ACCOUNTS, userdel: ACCOUNTS, groupadd: ACCOUNTS, passwd: 'the lab asks for no passwords', visudo: 'members of the group sudo may use sudo',
  iw: RADIO, iwconfig: RADIO, rfkill: RADIO, lspci: RADIO, lsusb: RADIO, dmidecode: RADIO,
  iperf: RATE, iperf3: RATE, netperf: RATE, tc: TRAFFIC, ifstat: 'use ip -s link', iftop: 'use tcpdump or ip -s link', nload: 'use ip -s link',
  screen: SCREEN, tmux: SCREEN, byobu: SCREEN,
  nmap: 'use nc -zv', telnet: 'use nc', ftp: 'use curl', tftp: 'use curl', wireshark: 'use tcpdump', tshark: 'use tcpdump', ngrep: 'use tcpdump -A', mtr: 'use traceroute', tracepath: 'use traceroute',
  fping: 'use ping', hping3: 'use ping or nc', whois: 'the lab has no internet', firewalld: NFT, 'firewall-cmd': NFT, ufw: NFT,
  crontab: 'use watch or a loop with sleep', at: 'use sleep', docker: 'use ip netns', podman: 'use ip netns', lxc: 'use ip netns', unshare: 'use ip netns exec', nsenter: 'use ip netns exec', lsns: 'use ip netns',
  tar: 'there is nothing to pack', gzip: 'there is nothing to pack', gunzip: 'there is nothing to pack', zip: 'there is nothing to pack', unzip: 'there is nothing to pack', rsync: 'use cp', scp: 'use ssh NODE cat FILE', sftp: 'use ssh NODE cat FILE',
  mysql: 'the clouds of the lab keep no database', rabbitmqctl: 'the agents of the lab have no message queue', rndc: 'no name server but dnsmasq runs here',
  modinfo: 'use lsmod', nmcli: 'use ip', nmtui: 'use ip', networkctl: 'use ip', netplan: 'use ip or ifup', resolvectl: 'see /etc/resolv.conf', hostnamectl: 'use hostname', timedatectl: 'use date', loginctl: 'use who',
  journalctl: 'read /var/log/syslog', chroot: 'use ip netns exec', mount: 'read /proc/mounts', umount: 'read /proc/mounts',
}

/** Programs of the administrator lie in sbin. */
const SBIN = new Set(['shutdown', 'reboot', 'halt', 'poweroff', 'telinit', 'fdisk', 'parted', 'mkfs', 'fsck', 'useradd', 'adduser', 'usermod', 'userdel', 'groupadd', 'visudo', 'iw', 'iwconfig', 'tc', 'ufw', 'chroot', 'rndc', 'init', 'modinfo'])

export const absentCommands: readonly Command[] = Object.entries(ABSENT).map(([name, instead]) => ({
  name,
  path: `${SBIN.has(name) ? '/usr/sbin' : '/usr/bin'}/${name}`,
  usage: `${name}: not emulated by netlab (${instead})`,
  run: (proc: Process) => {
    proc.error(`${proc.name}: not emulated by netlab (${instead})`)
    return 126
  },
}))
