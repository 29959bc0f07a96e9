// A shell of the lab does not reach the host: neither its files, its environment, its processes nor its network, by whatever word.
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

const SECRET = 'the-hosts-own-secret-7f3a'
let folder: string
let secret: string
let lab: Lab

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'netlab-attacker-'))
  secret = join(folder, 'secret.txt')
  writeFileSync(secret, `${SECRET}\n`)
  symlinkSync(secret, join(folder, 'link'))
  process.env['NETLAB_TEST_SECRET'] = SECRET
  lab = await Lab.boot(await loadScenario('sandbox'))
})

afterAll(() => {
  delete process.env['NETLAB_TEST_SECRET']
  rmSync(folder, { recursive: true })
})

/** `$S`: a file of the host that has the secret; `$D`: its folder. */
const LINES = [
  'cat $S',
  'cat < $S; read x < $S; echo $x; echo $(< $S); mapfile a < $S; echo ${a[@]}',
  'exec 3< $S; cat <&3; exec 3<&-',
  '. $S; source $S; bash $S; sh -c "cat $S"; eval "cat $S"; bash -c "$(cat $S)"',
  'source /dev/stdin <<< "cat $S"; (exec cat $S)',
  'cat /proc/self/root$S /proc/1/root$S /proc/1/cwd$S /../../..$S //$S; ls /proc/*/root$D /proc/self/fd',
  'ln -s $S /tmp/out; cat /tmp/out; ln $S /tmp/hard; cp -r $D /tmp/copy; mv $S /tmp/moved; find / -name "secret*"; ls -R $D',
  'env; export; set; declare -p; cat /proc/self/environ /proc/1/environ; echo ${!NETLAB*} $NETLAB_TEST_SECRET; env -i env; printenv',
  `awk 'BEGIN { system("cat $S"); while (("cat $S" | getline x) > 0) print x; getline y < ENVIRON["S"]; print y; for (k in ENVIRON) print ENVIRON[k] }'`,
  'awk \'BEGIN { print "pwned" > (ENVIRON["D"] "/awk"); print "pwned" | ("cat > " ENVIRON["D"] "/pipe") }\'',
  'sed -n p $S; echo x | sed "w $D/sed"; echo x | sed "s/x/cat/w $D/sed2"; echo x | sed "r $S"; sed -i s/secret/x/ $S',
  'find /etc/hosts -exec cat $S \\;; echo $S | xargs cat; echo "cat $S" | sh; find $D -delete; rm -rf $D',
  'echo pwned > $D/redirect; tee $D/tee <<< pwned; mkdir -p $D/made; touch $D/touched; dd of=$D/dd <<< x; cp /etc/hosts $D/cp; tcpdump -c 0 -w $D/pcap',
  'tcpdump -r $S; ip -batch $S; iptables-restore < $S; ovs-ofctl add-flows br0 $S; grep -f $S /etc/hosts; grep -r . $D; diff $S /etc/hosts; sort $S; xxd $S',
  'curl -s file://$S; wget -O - file://$S; curl -s -m 1 http://127.0.0.1/ http://1.1.1.1/; nc -w 1 127.0.0.1 22; ssh -o ConnectTimeout=1 127.0.0.1 cat $S',
  'python3 -c "print(open(\'$S\').read())"; perl -e "open F, \'$S\'; print <F>"; node -p "process.env"; ruby -e 1; tar c $D; gcc $S; docker ps; git clone $D',
  'lab save ../../../..$D/saved; lab save $D/saved; lab log $S; lab inject $S; lab explain --to $S; lab who $S; lab graph $S; lab load $S; lab pcap $D/x',
  'sudo cat $S; su -c "cat $S"; ip netns add n; ip netns exec n cat $S; nsenter -t 1 -m cat $S; chroot / cat $S; unshare cat $S; mount --bind $D /mnt; cat /mnt/secret.txt',
  'cd $D && pwd; cd -P /proc/self/cwd && pwd; complete -p; compgen -f $D/; echo $D/*; ls ~root/../..$D; history -r $S; less $S < /dev/null; file $S; stat $S',
  'x=__proto__; declare -A m; m[__proto__]=1; m[constructor]=2; m[toString]=3; echo ${m[__proto__]} ${m[constructor]} ${m[toString]}; echo ${constructor} ${__proto__} $toString',
  "echo '${process.env.NETLAB_TEST_SECRET}' '`cat $S`'; printf '%s' '#{ENV}'; awk 'BEGIN { print constructor, __proto__, process }'; echo $((process)) $((constructor))",
]

for (const line of LINES) {
  test(`cannot: ${line.slice(0, 70)}`, async () => {
    const { stdout, stderr } = await lab.run('sandbox', `export S=${secret} D=${folder}; ${line}`, { stepLimitSeconds: 10 })
    expect(stdout + stderr).not.toContain(SECRET)
    expect(stderr).not.toMatch(/netlab has a bug/)
    expect(readdirSync(folder).sort()).toEqual(['link', 'secret.txt'])
    expect(readFileSync(secret, 'utf8')).toBe(`${SECRET}\n`)
  })
}

test('names of JavaScript are names like any other', async () => {
  const words = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']
  const wrong: [string, string][] = []
  for (const word of words) {
    const lines = [
      [`unset ${word}; echo "[\${${word}}]"; ${word}=1; echo $${word}; unset ${word}`, '[]\n1\n'],
      [`unset m; declare -A m; m[${word}]=x; echo \${!m[@]} \${m[${word}]}; unset m`, `${word} x\n`],
      [`mkdir -p /tmp/${word}/${word}; ls /tmp/${word}; rm -r /tmp/${word}`, `${word}\n`],
      [`${word}() { echo f; }; ${word}; unset -f ${word}; type ${word} 2>&1`, `f\nbash: type: ${word}: not found\n`],
      [
        `env ${word}=v printenv ${word}; awk 'BEGIN { a["${word}"]++; for (k in a) print k, a[k]; print ENVIRON["${word}"] }'`,
        `v\n${word} 1\n\n`,
      ],
      [`ip link add ${word} type dummy && ip -o link show ${word} | wc -l && ip link del ${word}`, '1\n'],
      [`ip netns add ${word} && ip netns | grep -c ${word} && ip netns del ${word}`, '1\n'],
      [`iptables -N ${word} && iptables -S ${word} && iptables -X ${word}`, `-N ${word}\n`],
      [`ovs-vsctl add-br b -- set bridge b external_ids:${word}=v -- get bridge b external_ids && ovs-vsctl del-br b`, `{${word}=v}\n`],
      [`ovs-vsctl get open . ${word} 2>&1`, `ovs-vsctl: Open_vSwitch does not contain a column whose name matches "${word}"\n`],
      [`sysctl -n ${word} 2>&1`, `sysctl: cannot stat /proc/sys/${word}: No such file or directory\n`],
      [`trap x ${word} 2>&1; kill -${word} 1 2>&1 | head -c 0; set -o ${word} 2>&1`, /invalid/],
      [
        `ip link add x type ${word} 2>&1; iptables -m ${word} -A INPUT 2>&1; iptables -A INPUT -j ${word} 2>&1; ovs-ofctl add-flow b actions=${word} 2>&1`,
        /./,
      ],
    ] as const
    for (const [line, says] of lines) {
      const { stdout } = await lab.run('sandbox', line)
      const isRight = typeof says === 'string' ? stdout === says : says.test(stdout)
      if (!isRight || /has a bug|native code|\[object/.test(stdout)) wrong.push([line, stdout])
    }
  }
  expect(wrong).toEqual([])
  expect(({} as Record<string, unknown>)['x']).toBeUndefined()
})

test('the processes of the host are not there to be killed', async () => {
  await lab.run('sandbox', `kill -9 ${process.pid} ${process.ppid}; pkill -9 node; killall -9 node vitest`)
  expect(process.kill(process.ppid, 0)).toBe(true)
})

test('no path leads out', async () => {
  const part = fc.constantFrom('..', '.', '', 'proc', 'self', 'root', 'cwd', 'fd', '1', 'exe', 'dev', 'tmp', 'link', 'etc', '*', '~')
  await lab.run('sandbox', 'ln -s / /tmp/link; ln -s ../../.. /etc/link; cd /tmp')
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
      const { stdout, stderr } = await lab.run('sandbox', `cat ${[...parts, ''].join('/')}../../..${secret}`)
      expect(stdout + stderr).not.toContain(SECRET)
    }),
    { seed: 5, numRuns: 30 },
  )
})
