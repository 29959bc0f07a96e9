// How long entries live, in seconds, and the other nf_conntrack settings, as the sysctls name them.
import type { TcpState } from './connection.js'

export interface CtSettings {
  max: number
  acct: number
  checksum: number
  logInvalid: number
  tcpLoose: number
  tcpBeLiberal: number
  tcpMaxRetrans: number
  timestamp: number
  tcpIgnoreInvalidRst: number
  generic: number
  icmp: number
  udp: number
  udpStream: number
  gre: number
  greStream: number
  tcpMaxRetransTimeout: number
  tcpUnacknowledged: number
  tcp: Record<TcpState, number>
}

export function defaultSettings(): CtSettings {
  return {
    max: 262144,
    acct: 0,
    checksum: 1,
    logInvalid: 0,
    tcpLoose: 1,
    tcpBeLiberal: 0,
    tcpMaxRetrans: 3,
    timestamp: 0,
    tcpIgnoreInvalidRst: 0,
    generic: 600,
    icmp: 30,
    udp: 30,
    udpStream: 120,
    gre: 30,
    greStream: 180,
    tcpMaxRetransTimeout: 300,
    tcpUnacknowledged: 300,
    tcp: {
      NONE: 0,
      SYN_SENT: 120,
      SYN_RECV: 60,
      ESTABLISHED: 432000,
      FIN_WAIT: 120,
      CLOSE_WAIT: 60,
      LAST_ACK: 30,
      TIME_WAIT: 120,
      CLOSE: 10,
      SYN_SENT2: 120,
    },
  }
}
