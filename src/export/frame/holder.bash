# --- a node: one process that holds its namespaces -----------------------------------------------------------------------------------

# Runs as the first process of a new PID, mount, UTS and network namespace, and stays. Its root is an overlay of the machine's own:
# programs and libraries are there, nothing that is written gets out.
hold() {
  local node=$1 hostname=$2 folder=$3 pid
  set -eE
  trap 'printf "failed %s %s\n" "$node" "line: $BASH_COMMAND" >&9' ERR
  # /proc is still the machine's: this is our number there.
  read -r pid _ </proc/self/stat
  mount --make-rprivate /
  mount -t tmpfs -o mode=755 netlab "$folder"
  mkdir "$folder/up" "$folder/work" "$folder/root"
  mount -t overlay -o "lowerdir=/,upperdir=$folder/up,workdir=$folder/work" overlay "$folder/root"
  cd "$folder/root"
  hold_other_disks
  mkdir -p proc sys dev run tmp root
  mount -t proc proc proc
  # Settings of the network are the node's own, all others the machine's.
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount --bind proc/sys/net proc/sys/net
  mount -o remount,bind,rw proc/sys/net
  if [[ -e proc/sysrq-trigger ]]; then mount --bind /dev/null proc/sysrq-trigger; fi
  mount -t sysfs sysfs sys
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  mount -t tmpfs -o mode=755 tmpfs dev
  cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev/
  mkdir -p dev/net dev/pts dev/shm run/netns run/lock run/netlab root/.old
  if [[ -e /dev/net/tun ]]; then cp -a /dev/net/tun dev/net/; fi
  mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  ln -s fd/0 dev/stdin
  ln -s fd/1 dev/stdout
  ln -s fd/2 dev/stderr
  pivot_root . root/.old
  umount -l /root/.old
  rmdir /root/.old
  hostname "$hostname"
  printf '127.0.0.1\tlocalhost\n127.0.1.1\t%s\n\n' "$hostname" >/etc/hosts
  printf '%s\n' '::1     ip6-localhost ip6-loopback' 'fe00::0 ip6-localnet' 'ff00::0 ip6-mcastprefix' 'ff02::1 ip6-allnodes' \
    'ff02::2 ip6-allrouters' >>/etc/hosts
  printf '%s\n' "$hostname" >/etc/hostname
  rm -f /etc/resolv.conf
  : >/etc/resolv.conf
  hold_iptables "$4"
  hold_settings "$5"
  hold_sudo
  mkfifo /run/netlab/never
  exec 7<>/run/netlab/never
  printf 'ok %s %s\n' "$node" "$pid" >&9
  exec 9>&- </dev/null >/dev/null 2>&1
  set +eE
  trap - ERR
  # Reading from a pipe that nobody writes to; bash meanwhile buries the children that daemons leave behind (not while a reading has a limit).
  while :; do read -r _ <&7; done
}

# File systems of their own below / (a separate /usr or /home) are there to read.
hold_other_disks() {
  local at kind rest
  while read -r _ at kind rest; do
    case $kind in ext[234] | xfs | btrfs | f2fs | zfs | overlay | 9p | virtiofs | nfs | nfs4 | squashfs | erofs) ;; *) continue ;; esac
    case $at in / | /proc/* | /sys/* | /dev/* | /run/* | /tmp/*) continue ;; esac
    at=$(printf '%b' "${at//\\0/\\0}")
    if [[ -d ".$at" && -d $at ]]; then
      mount --bind "$at" ".$at"
      mount -o remount,bind,ro ".$at" || true
    fi
  done </proc/self/mounts
}

# The iptables that the node has: legacy or nft, by the names without an ending.
hold_iptables() {
  local kind=$1 name at wanted
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    at=$(command -v "$name") || continue
    wanted=$(command -v "${name/tables/tables-$kind}") || continue
    ln -sfn "$wanted" "$at"
  done
}

# Everybody is root in a node; who is used to typing sudo finds one.
hold_sudo() {
  ! command -v sudo >/dev/null 2>&1 || return 0
  cat >/usr/local/bin/sudo <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    -u | -g | -p | -C) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *) break ;;
  esac
done
exec env -- "$@"
END
  chmod 755 /usr/local/bin/sudo
}

# Before the NICs come, which take them over.
hold_settings() {
  local setting path
  for setting in $1; do
    path=${setting%%=*}
    path=/proc/sys/${path//.//}
    if [[ -w $path ]]; then printf '%s\n' "${setting#*=}" >"$path" || true; fi
  done
}
