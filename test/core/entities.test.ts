import { memoryEntities } from '../memory/entities.ts';
import { memoryLedger } from '../memory/ledger.ts';
import { entitiesSuite } from '../suites/entities-suite.ts';

const memory = memoryLedger();
const { entities } = memoryEntities(memory);

entitiesSuite('The memory', () => ({ ledger: memory.ledger, entities }));
