/**
 * What a plain value is: one that JSON can carry, and that n8n's engine hands on unchanged.
 *
 * - null, texts, booleans, and finite numbers but -0, of which JSON has none;
 * - lists without holes, and objects that are instances of nothing, of plain values, down to a depth;
 * - no key that every object has, such as `toString`: n8n's engine loses it, or fails on it.
 *
 * The rules stand here twice, as code and as text for n8n's engine, and a test holds them together.
 */

/** Deeper values are not looked through: n8n reads them. */
const DEEPEST = 8;

/** Returns whether the value is an object as JSON has it, not an instance of anything. */
export const isPlainObject = (value: object): boolean => {
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === Object.prototype || prototype === null;
};

/** Returns whether a value is plain. */
export const isPlain = (value: unknown, depth = 0): boolean => {
	switch (typeof value) {
		case 'string':
		case 'boolean':
			return true;
		case 'number':
			return Number.isFinite(value) && !Object.is(value, -0);
		case 'object':
			if (value === null) return true;
			if (depth === DEEPEST) return false;
			if (Array.isArray(value)) {
				for (let index = 0; index < value.length; index += 1) {
					if (!isPlain(value[index], depth + 1)) return false;
				}
				return true;
			}
			if (!isPlainObject(value)) return false;
			for (const key of Object.keys(value)) {
				if (key in Object.prototype) return false;
				if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false;
			}
			return true;
		default:
			return false;
	}
};

/** n8n's engine does not show the prototype of an object, but instances say something else of themselves. */
const PLAIN_OBJECT =
	'((v) => { try { return v + "" } catch (e) { return "[object Object]" } })(v) === "[object Object]"';

const PLAIN_LIST = '[...v].every((x) => go(go, x, depth + 1))';

const PLAIN_KEYS = 'Object.keys(v).every((k) => !(k in {}) && go(go, v[k], depth + 1))';

const PLAIN_NUMBER = 'isFinite(v) && (v !== 0 || 1 / v > 0)';

/** The same as an expression for n8n's engine: a function of a value. It holds no two closing brackets in a row. */
export const IS_PLAIN = `((go) => (v) => go(go, v, 0))((go, v, depth) => v === null || typeof v === "string" || typeof v === "boolean" || (typeof v === "number" && ${PLAIN_NUMBER}) || (typeof v === "object" && depth < ${DEEPEST} && (Array.isArray(v) ? ${PLAIN_LIST} : ${PLAIN_OBJECT} && ${PLAIN_KEYS})))`;
