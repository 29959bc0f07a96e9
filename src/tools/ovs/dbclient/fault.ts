/** What ovsdb-client complains about: `ovsdb-client: TEXT`. */
export class ClientFault extends Error {}
