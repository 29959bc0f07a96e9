/** What a scenario's `cloud:` says cannot be had; the message begins with the place, such as `cloud.networks[1]`. */
export class CloudError extends Error {}
