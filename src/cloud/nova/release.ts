// What differs between nova's releases in the API's answers, as plain data.

export interface NovaRelease {
  readonly name: 'essex' | 'icehouse' | 'stein' | 'ussuri'
  /** Refusals by state name the instance and say `it`. */
  readonly namesInstance: boolean
  /** Keys of the extensions of the second version: availability zone, usage, volumes, groups; null where Essex has empty texts. */
  readonly extended: boolean
  /** Addresses carry the NIC's MAC and whether they are fixed or floating. */
  readonly addressTypes: boolean
  /** Microversion that is answered when the client asks for `latest` or for more; null: none are known. */
  readonly maxMicroversion: string | null
}

export const NOVA_RELEASES: Readonly<Record<NovaRelease['name'], NovaRelease>> = {
  essex: { name: 'essex', namesInstance: false, extended: false, addressTypes: false, maxMicroversion: null },
  icehouse: { name: 'icehouse', namesInstance: false, extended: true, addressTypes: true, maxMicroversion: null },
  stein: { name: 'stein', namesInstance: true, extended: true, addressTypes: true, maxMicroversion: '2.72' },
  ussuri: { name: 'ussuri', namesInstance: true, extended: true, addressTypes: true, maxMicroversion: '2.87' },
}
