/** The list of entities of this generation. */
export const LIST = '/api/entity_store/entities/list';
