/** The common beginning of the routes of this generation. */
export const BASE = '/api/security/entity_store';
