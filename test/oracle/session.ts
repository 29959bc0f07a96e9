// The session that every command gets, the same on both sides: a fresh bash, a plain environment, nothing to read.

const ENVIRONMENT = 'HOME=/root USER=root LOGNAME=root SHELL=/bin/bash LANG=C LC_ALL=C TERM=dumb COLUMNS=200 TZ=UTC'

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** One command line that runs `cmd` to its end; after `timeout` seconds it is interrupted. */
export function limited(cmd: string, timeout: number): string {
  return `cd /root && exec env -i PATH="$PATH" ${ENVIRONMENT} timeout -s INT -k 2 ${timeout} bash -c ${quoted(cmd)} < /dev/null`
}

/** One command line that becomes `cmd`, to be interrupted from outside. */
export function unlimited(cmd: string): string {
  return `cd /root && exec env -i PATH="$PATH" ${ENVIRONMENT} bash -c ${quoted(`exec ${cmd}`)} < /dev/null`
}
