// curl's options: those netlab carries out, and those it knows.
import type { GetoptGrammar, OptionProblem } from '../../grammar/getopt.js'

export const curlGrammar: GetoptGrammar = {
  options: [
    { name: 'ipv4', short: '4', long: 'ipv4' },
    { name: 'ipv6', short: '6', long: 'ipv6', notEmulated: 'use IPv4' },
    { name: 'http10', short: '0', long: 'http1.0' },
    { name: 'http11', long: 'http1.1' },
    { name: 'user-agent', short: 'A', long: 'user-agent', value: 'required' },
    { name: 'cookie', short: 'b', long: 'cookie', value: 'required' },
    { name: 'connect-timeout', long: 'connect-timeout', value: 'required' },
    { name: 'data', short: 'd', long: ['data', 'data-ascii'], value: 'required' },
    { name: 'data-binary', long: 'data-binary', value: 'required' },
    { name: 'data-raw', long: 'data-raw', value: 'required' },
    { name: 'fail', short: 'f', long: 'fail' },
    { name: 'get', short: 'G', long: 'get' },
    { name: 'header', short: 'H', long: 'header', value: 'required' },
    { name: 'help', short: 'h', long: 'help', value: 'none' },
    { name: 'include', short: 'i', long: 'include' },
    { name: 'head', short: 'I', long: 'head' },
    { name: 'insecure', short: 'k', long: 'insecure' },
    { name: 'interface', long: 'interface', value: 'required', completes: 'device' },
    { name: 'local-port', long: 'local-port', value: 'required' },
    { name: 'location', short: 'L', long: 'location' },
    { name: 'max-time', short: 'm', long: 'max-time', value: 'required' },
    { name: 'no-buffer', short: 'N', long: 'no-buffer' },
    { name: 'noproxy', long: 'noproxy', value: 'required' },
    { name: 'output', short: 'o', long: 'output', value: 'required', completes: 'file' },
    { name: 'remote-name', short: 'O', long: 'remote-name' },
    { name: 'proxy', short: 'x', long: 'proxy', value: 'required', notEmulated: 'no proxies' },
    { name: 'referer', short: 'e', long: 'referer', value: 'required' },
    { name: 'request', short: 'X', long: 'request', value: 'required', completes: ['GET', 'POST', 'PUT', 'DELETE', 'HEAD'] },
    { name: 'resolve', long: 'resolve', value: 'required' },
    { name: 'retry', long: 'retry', value: 'required' },
    { name: 'silent', short: 's', long: 'silent' },
    { name: 'show-error', short: 'S', long: 'show-error' },
    { name: 'url', long: 'url', value: 'required' },
    { name: 'user', short: 'u', long: 'user', value: 'required' },
    { name: 'verbose', short: 'v', long: 'verbose' },
    { name: 'version', short: 'V', long: 'version' },
    { name: 'write-out', short: 'w', long: 'write-out', value: 'required' },
    { name: 'upload', short: 'T', long: 'upload-file', value: 'required', notEmulated: 'use -X PUT -d @FILE' },
    { name: 'form', short: 'F', long: 'form', value: 'required', notEmulated: 'use -d' },
    { name: 'cookie-jar', short: 'c', long: 'cookie-jar', value: 'required', notEmulated: '' },
    { name: 'trace', long: 'trace', value: 'required', notEmulated: 'use -v or tcpdump' },
    { name: 'unix-socket', long: 'unix-socket', value: 'required', notEmulated: 'no UNIX sockets' },
    { name: 'socks5', long: 'socks5', value: 'required', notEmulated: 'no proxies' },
  ],
}

export function curlComplaint(problem: OptionProblem, typed: string): string {
  switch (problem.kind) {
    case 'unknown-short':
      return `curl: option ${typed}: is unknown`
    case 'unknown-long':
      return `curl: option --${problem.option}: is unknown`
    case 'ambiguous':
      return `curl: option --${problem.option}: is ambiguous`
    case 'missing-value':
      return `curl: option ${problem.isLong ? '--' : '-'}${problem.option}: requires parameter`
    case 'surplus-value':
      return `curl: option --${problem.option}: used '--no-' for option that isn't a boolean`
    case 'bad-value':
      return problem.message
    case 'not-emulated':
      return `curl: ${problem.option}: not emulated by netlab${problem.instead === '' ? '' : ` (${problem.instead})`}`
  }
}
