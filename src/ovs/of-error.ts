// Refusals of the switch, as an OpenFlow error message carries them.

export class OfError extends Error {
  constructor(
    /** As `ovs-ofctl` names it: OFPBRC_EPERM, OFPFMFC_OVERLAP, OFPBAC_BAD_OUT_PORT ... */
    readonly code: string,
  ) {
    super(code)
  }
}
