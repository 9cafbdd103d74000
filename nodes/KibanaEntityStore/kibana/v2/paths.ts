/** Where the routes of this generation begin. */
export const BASE = '/api/security/entity_store';
