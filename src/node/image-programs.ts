// Which programs an image lacks: a small system image is small, and each distribution has its own packagers.

import type { Image } from './image.js'

/** Everything CirrOS has besides netlab's own words; the rest of a distribution is not there. */
const CIRROS = new Set(
  (
    'sh [ test true false echo printf env printenv cat tac rev head tail wc nl seq sort uniq cut tr tee grep egrep fgrep sed awk xargs less more cmp diff expand fold split yes ' +
    'ls cp mv rm mkdir rmdir ln touch chmod chown chgrp stat mktemp mkfifo basename dirname readlink realpath pwd du df find dd date sleep timeout uname hostname id whoami groups who tty sync nohup expr md5sum sha1sum sha256sum base64 od hexdump hd xxd strings ' +
    'ps kill killall pgrep pkill pidof top free uptime watch sudo su which clear reset stty dmesg logger sysctl ' +
    'ip ifconfig route arp arping netstat ping ping6 traceroute nc wget curl nslookup udhcpc ssh brctl ifup ifdown ethtool iptables iptables-save iptables-restore busybox lsmod modprobe rmmod mount umount chroot reboot halt poweroff init useradd adduser passwd vi ed crontab tar gzip gunzip unzip telnet tftp nice setsid lspci bc dc nologin loadavg'
  ).split(' '),
)

const DEBIAN_ONLY = ['apt', 'apt-get', 'apt-cache', 'aptitude', 'dpkg', 'update-alternatives', 'ifup', 'ifdown']
const REDHAT_ONLY = ['yum', 'dnf', 'rpm', 'firewalld', 'firewall-cmd']
const SYSTEMD = ['systemctl', 'journalctl', 'hostnamectl', 'timedatectl', 'loginctl', 'networkctl', 'resolvectl']

const UPSTART = ['initctl', 'start', 'stop', 'restart', 'status']

/** Words of netlab that every machine has. */
const OWN = new Set(['lab'])

export function lacksProgram(image: Image, name: string): boolean {
  if (OWN.has(name)) return false
  if (image.family === 'cirros') return !CIRROS.has(name)
  if (image.family === 'redhat' ? DEBIAN_ONLY.includes(name) : REDHAT_ONLY.includes(name)) return true
  const hasUpstart = image.name === 'ubuntu-12.04' || image.name === 'ubuntu-14.04'
  return (hasUpstart ? SYSTEMD : UPSTART).includes(name)
}
