/**
 * The level of etcd's API that the client port speaks: what clients read from `version` to know what they
 * may call.
 */
export const API_VERSION = '3.4.0';
