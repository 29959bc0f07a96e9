// Settings of IPv4 and IPv6 as numbers: per device (net.ipv4.conf.DEV.*, net.ipv4.neigh.DEV.*, net.ipv6.conf.DEV.*) and per namespace.

/** Copies go field by field: the classes hold nothing but numbers, in declaration order. */
import { Copied } from '../sim/copied.js'

export abstract class Conf extends Copied {
  keys(): string[] {
    return Object.keys(this)
  }

  copyFrom(other: this): void {
    for (const key of Object.keys(other) as (keyof this)[]) this[key] = other[key]
  }
}

export class Ipv4DevConf extends Conf {
  accept_local = 0
  accept_redirects = 1
  accept_source_route = 1
  arp_accept = 0
  arp_announce = 0
  arp_evict_nocarrier = 1
  arp_filter = 0
  arp_ignore = 0
  arp_notify = 0
  bc_forwarding = 0
  bootp_relay = 0
  disable_policy = 0
  disable_xfrm = 0
  drop_gratuitous_arp = 0
  drop_unicast_in_l2_multicast = 0
  force_igmp_version = 0
  forwarding = 0
  igmpv2_unsolicited_report_interval = 10000
  igmpv3_unsolicited_report_interval = 1000
  ignore_routes_with_linkdown = 0
  log_martians = 0
  mc_forwarding = 0
  medium_id = 0
  promote_secondaries = 0
  proxy_arp = 0
  proxy_arp_pvlan = 0
  route_localnet = 0
  rp_filter = 0
  secure_redirects = 1
  send_redirects = 1
  shared_media = 1
  src_valid_mark = 0
  tag = 0

  copy(): Ipv4DevConf {
    const next = new Ipv4DevConf()
    next.copyFrom(this)
    return next
  }
}

/** Times in the unit of the sysctl's name; the ones without a unit are seconds, or jiffies of 10 ms where marked. */
export class NeighConf extends Conf {
  /** 10 ms each */
  anycast_delay = 100
  app_solicit = 0
  base_reachable_time_ms = 30000
  delay_first_probe_time = 5
  gc_stale_time = 60
  interval_probe_time_ms = 5000
  /** 10 ms each */
  locktime = 100
  mcast_resolicit = 0
  mcast_solicit = 3
  /** 10 ms each */
  proxy_delay = 80
  proxy_qlen = 64
  retrans_time_ms = 1000
  ucast_solicit = 3
  unres_qlen_bytes = 212992

  copy(): NeighConf {
    const next = new NeighConf()
    next.copyFrom(this)
    return next
  }
}

export class Ipv6DevConf extends Conf {
  accept_dad = 1
  accept_ra = 1
  accept_ra_defrtr = 1
  accept_ra_from_local = 0
  accept_ra_min_hop_limit = 1
  accept_ra_min_lft = 0
  accept_ra_mtu = 1
  accept_ra_pinfo = 1
  accept_ra_rt_info_max_plen = 0
  accept_ra_rt_info_min_plen = 0
  accept_ra_rtr_pref = 1
  accept_redirects = 1
  accept_source_route = 0
  accept_untracked_na = 0
  addr_gen_mode = 0
  autoconf = 1
  dad_transmits = 1
  disable_ipv6 = 0
  disable_policy = 0
  drop_unicast_in_l2_multicast = 0
  drop_unsolicited_na = 0
  enhanced_dad = 1
  force_forwarding = 0
  force_mld_version = 0
  force_tllao = 0
  forwarding = 0
  hop_limit = 64
  ignore_routes_with_linkdown = 0
  ioam6_enabled = 0
  ioam6_id = 65535
  ioam6_id_wide = 4294967295
  keep_addr_on_down = 0
  max_addresses = 16
  max_desync_factor = 600
  mc_forwarding = 0
  mldv1_unsolicited_report_interval = 10000
  mldv2_unsolicited_report_interval = 1000
  mtu = 1500
  ndisc_evict_nocarrier = 1
  ndisc_notify = 0
  ndisc_tclass = 0
  optimistic_dad = 0
  proxy_ndp = 0
  ra_defrtr_metric = 1024
  ra_honor_pio_life = 0
  ra_honor_pio_pflag = 0
  regen_max_retry = 3
  regen_min_advance = 2
  router_probe_interval = 60
  router_solicitation_delay = 1
  router_solicitation_interval = 4
  router_solicitation_max_interval = 3600
  router_solicitations = -1
  rpl_seg_enabled = 0
  seg6_enabled = 0
  seg6_require_hmac = 0
  suppress_frag_ndisc = 1
  temp_prefered_lft = 86400
  temp_valid_lft = 604800
  use_oif_addrs_only = 0
  use_optimistic = 0
  use_tempaddr = 0

  copy(): Ipv6DevConf {
    const next = new Ipv6DevConf()
    next.copyFrom(this)
    return next
  }
}

/** net.ipv4.* that the IP layer reads. */
export class Ipv4GlobalConf extends Copied {
  ip_forward = 0
  ip_default_ttl = 64
  ip_no_pmtu_disc = 0
  ip_forward_use_pmtu = 0
  ip_nonlocal_bind = 0
  fib_multipath_hash_policy = 0
  fib_multipath_use_neigh = 0
  icmp_echo_ignore_all = 0
  icmp_echo_ignore_broadcasts = 1
  icmp_errors_use_inbound_ifaddr = 0
  icmp_ignore_bogus_error_responses = 1
  /** Milliseconds between errors to one destination. */
  icmp_ratelimit = 1000
  /** Bits of the ICMP types that are limited: 3, 4, 11, 12. */
  icmp_ratemask = 6168
  icmp_msgs_per_sec = 1000
  icmp_msgs_burst = 50
  ipfrag_time = 30
  ipfrag_high_thresh = 4194304
  route_min_pmtu = 552
  route_mtu_expires = 600
  route_min_adv_mss = 256
  fwmark_reflect = 0
}
