/** What the trigger is shown with in the editor, for the test and for the screenshots. */
import type { TestKibana } from '../../sandbox/kibana/server';

/** The entry of the list of nodes that the trigger is added with. */
export const START = 'On risk level reached';

/** A workflow that nothing starts yet. */
export const nothingStarts = (): object => ({
	name: 'Watch users',
	nodes: [
		{
			id: 'after',
			name: 'Tell the Team',
			type: 'n8n-nodes-base.noOp',
			typeVersion: 1,
			position: [220, 0],
			parameters: {},
		},
	],
	connections: {},
	settings: { executionOrder: 'v1' },
});

const USERS = [
	['jane.doe', 'High', 81.4],
	['kai.ito', 'Low', 22.5],
	['mia.lund', 'Critical', 95.2],
] as const;

/** Adds users with a risk, the most recent last. */
export const seedUsers = (kibana: TestKibana): void => {
	for (const [name, level, score] of USERS) {
		kibana.seed('user', {
			entity: {
				id: `user:${name}@example.com@okta`,
				name,
				source: ['okta'],
				risk: { calculated_level: level, calculated_score_norm: score },
			},
			user: { name, email: [`${name}@example.com`] },
			asset: { criticality: 'high_impact' },
		} as never);
	}
};
