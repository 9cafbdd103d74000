/**
 * What somebody meant who wrote a key that is no field: `user.mail` for `user.email`.
 */
import { FIELDS_OF, type EntityType, type GenerationName } from './fields';

/** No field's path comes near it, and a longer key is data rather than a name. */
const LONGEST_KEY = 64;

/** A key without what people write differently: case, dots, dashes, underscores and blanks. */
const normalise = (key: string): string => key.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * Fields by names that other systems give them, in normalised form. The first field that the entity
 * type has is meant.
 */
const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map(
	Object.entries({
		account: ['user.name'],
		accountid: ['user.id', 'cloud.account.id'],
		accountname: ['user.name', 'cloud.account.name'],
		assetcategory: ['entity.type'],
		assetowner: ['asset.owner'],
		assettag: ['asset.id'],
		assettype: ['entity.type'],
		bu: ['asset.business_unit'],
		businesscriticality: ['asset.criticality'],
		classname: ['entity.type'],
		computer: ['host.name'],
		computername: ['host.name'],
		costcenter: ['asset.business_unit'],
		cpuarchitecture: ['host.architecture'],
		created: ['entity.lifecycle.first_seen'],
		createdat: ['entity.lifecycle.first_seen'],
		createddatetime: ['entity.lifecycle.first_seen'],
		creationdate: ['entity.lifecycle.first_seen'],
		criticalitylevel: ['asset.criticality'],
		department: ['asset.business_unit'],
		device: ['host.name'],
		deviceid: ['host.id'],
		devicename: ['host.name'],
		displayname: ['user.full_name', 'entity.name'],
		division: ['asset.business_unit'],
		dnsname: ['host.hostname'],
		emailaddress: ['user.email'],
		emails: ['user.email'],
		env: ['asset.environment'],
		fqdn: ['host.hostname'],
		group: ['user.roles'],
		groups: ['user.roles'],
		homepage: ['entity.url'],
		hostname: ['host.name', 'host.hostname'],
		guid: ['user.id', 'host.id', 'service.id', 'entity.id'],
		host: ['host.name'],
		id: ['user.id', 'host.id', 'service.id', 'entity.id'],
		identifier: ['entity.id'],
		ipaddress: ['host.ip'],
		ipaddresses: ['host.ip'],
		ips: ['host.ip'],
		ipv4: ['host.ip'],
		ipv6: ['host.ip'],
		kernelversion: ['host.os.kernel'],
		kind: ['entity.type'],
		lastlogin: ['entity.lifecycle.last_activity'],
		lastlogon: ['entity.lifecycle.last_activity'],
		lastseen: ['entity.lifecycle.last_seen', 'entity.lifecycle.last_activity'],
		lastsignin: ['entity.lifecycle.last_activity'],
		lastsync: ['entity.lifecycle.last_activity'],
		link: ['entity.url'],
		login: ['user.name'],
		loginname: ['user.name'],
		macaddress: ['host.mac'],
		macaddresses: ['host.mac'],
		machine: ['host.name'],
		machinename: ['host.name'],
		mail: ['user.email'],
		manufacturer: ['asset.vendor'],
		manager: ['entity.relationships.supervised_by'],
		memberof: ['user.roles'],
		mfa: ['entity.attributes.mfa_enabled'],
		mfaenabled: ['entity.attributes.mfa_enabled'],
		objectguid: ['user.id', 'host.id'],
		objectid: ['user.id', 'host.id'],
		objectsid: ['user.id', 'host.id'],
		operatingsystem: ['host.os.name'],
		operatingsystemversion: ['host.os.version'],
		os: ['host.os.name'],
		osname: ['host.os.name'],
		osversion: ['host.os.version'],
		ownedby: ['entity.relationships.owned_by', 'asset.owner'],
		owner: ['asset.owner'],
		primaryemail: ['user.email'],
		principalname: ['user.name'],
		privileges: ['user.roles'],
		realname: ['user.full_name'],
		region: ['cloud.region'],
		role: ['user.roles'],
		samaccountname: ['user.name'],
		score: ['entity.risk.calculated_score_norm'],
		risk: ['entity.risk.calculated_level'],
		risklevel: ['entity.risk.calculated_level'],
		riskscore: ['entity.risk.calculated_score_norm'],
		serial: ['asset.serial_number'],
		serialno: ['asset.serial_number'],
		serialnumber: ['asset.serial_number'],
		service: ['service.name'],
		servicename: ['service.name'],
		sid: ['user.id', 'host.id'],
		subtype: ['entity.sub_type'],
		tag: ['tags'],
		twofactor: ['entity.attributes.mfa_enabled'],
		uid: ['user.id'],
		upn: ['user.name'],
		user: ['user.name'],
		username: ['user.name'],
		userprincipalname: ['user.name'],
		watchlist: ['entity.attributes.watchlists'],
		website: ['entity.url'],
	}),
);

/**
 * How many letters must be added, removed, changed or swapped with their neighbour to turn one text
 * into the other, or a number above `most`. Takes the product of the lengths, which differ by at most
 * `most`.
 */
const distanceUpTo = (most: number, from: string, to: string): number => {
	if (Math.abs(from.length - to.length) > most) return most + 1;
	let beforeLast: number[] = [];
	let last = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (let row = 1; row <= from.length; row += 1) {
		const current = [row];
		for (let column = 1; column <= to.length; column += 1) {
			const isSame = from[row - 1] === to[column - 1];
			let least = Math.min(
				(last[column] ?? 0) + 1,
				(current[column - 1] ?? 0) + 1,
				(last[column - 1] ?? 0) + (isSame ? 0 : 1),
			);
			const isSwap =
				row > 1 &&
				column > 1 &&
				from[row - 1] === to[column - 2] &&
				from[row - 2] === to[column - 1];
			if (isSwap) least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
			current[column] = least;
		}
		beforeLast = last;
		last = current;
	}
	return last[to.length] ?? most + 1;
};

/** Short names have many neighbours, so few letters of them may differ. */
const mostTypos = (name: string): number => {
	if (name.length < 4) return 0;
	return name.length < 10 ? 1 : 2;
};

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** The first path of the shortest distance, if that is short enough for a typing error. */
const nearest = (
	name: string,
	paths: readonly string[],
	nameOf: (path: string) => string,
): string | undefined => {
	const most = mostTypos(name);
	let found: string | undefined;
	let least = most + 1;
	for (const path of paths) {
		const distance = distanceUpTo(most, name, normalise(nameOf(path)));
		if (distance < least) {
			found = path;
			least = distance;
		}
	}
	return found;
};

const whole = (path: string): string => path;

/** Sections that only some entity types have. */
const OWN_SECTIONS = new Set(['cloud', 'host', 'orchestrator', 'service', 'user']);

/** Whether the key names a section that the entity type does not have: another type is meant. */
const isOfOtherType = (key: string, paths: readonly string[]): boolean => {
	const [section = ''] = key.toLowerCase().split('.');
	return (
		section !== key.toLowerCase() &&
		OWN_SECTIONS.has(section) &&
		!paths.some((path) => path.startsWith(`${section}.`))
	);
};

/**
 * Suggests the field that an unknown key stands for: the same name in another notation, another
 * system's name for it, or a typing error.
 *
 * @param key as it was written; one of more than 64 characters is not looked at
 * @param paths the fields of the entity type that the Kibana in question knows, the best first
 * @returns one of `paths`, or undefined when none is near; it never throws
 */
export const suggestField = (key: string, paths: readonly string[]): string | undefined => {
	if (key.length > LONGEST_KEY) return undefined;
	const name = normalise(key);
	if (name === '' || isOfOtherType(key, paths)) return undefined;
	const tail = normalise(lastPart(key));
	const ends = (end: string) => paths.find((path) => normalise(lastPart(path)) === end);
	const synonyms = [name, tail].flatMap((one) => SYNONYMS.get(one) ?? []);
	const known =
		paths.find((path) => normalise(path) === name) ??
		synonyms.find((path) => paths.includes(path)) ??
		ends(name);
	// A word that other systems use is no typing error.
	if (known !== undefined || synonyms.length > 0) return known;
	return (
		nearest(name, paths, whole) ??
		(tail === '' ? undefined : ends(tail)) ??
		nearest(tail, paths, lastPart)
	);
};

/** Returns the field that a key of an entity type stands for, or undefined. It never throws. */
export type Suggest = (key: string) => string | undefined;

/** Data may have any number of keys, and looking for one takes longer than reading a record. */
const MOST_KEYS = 1_000;

/**
 * Compiles the suggestions for the unknown keys of an entity type. The answer to a key is remembered. After
 * 1,000 keys nothing more is suggested, so that the whole takes less than a second.
 */
export const compileSuggest = (generation: GenerationName, entityType: EntityType): Suggest => {
	const answers = new Map<string, string | undefined>();
	let paths: readonly string[] | undefined;
	return (key) => {
		if (key.length > LONGEST_KEY) return undefined;
		if (answers.has(key) || answers.size >= MOST_KEYS) return answers.get(key);
		paths ??= [...FIELDS_OF[generation][entityType].byPath.values()]
			.filter(({ protection }) => protection !== 'never' && protection !== 'unsent')
			.map(({ path }) => path);
		const answer = suggestField(key, paths);
		answers.set(key, answer);
		return answer;
	};
};

/** Returns a key with what it may stand for, as it is shown to the user. */
export const withSuggestion = (key: string, suggestion: string | undefined): string =>
	suggestion === undefined ? key : `${key} (did you mean ${suggestion}?)`;
