// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"slices"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
)

// A step is one comparison of base and head, and the fields that it compares.
// Every field of the format is in exactly one step, but for descriptive ones; a
// test holds the steps against manifest.Fields.
type step struct {
	compare func(*comparison)
	fields  []fieldSet
}

// A fieldSet is fields of one class: each of the paths, of each of the kinds.
type fieldSet struct {
	class manifest.Class
	kinds []manifest.Kind
	paths []string
}

// steps returns every comparison, in the order in which they spend the budget.
func steps() []step {
	return slices.Concat(nodeSteps(), templateSteps(), ruleSteps(), limitSteps(), credentialSteps(), controlSteps())
}

func of(class manifest.Class, kind manifest.Kind, paths ...string) fieldSet {
	return fieldSet{class, []manifest.Kind{kind}, paths}
}

// ofApps is fields of apps and agents.
func ofApps(class manifest.Class, paths ...string) fieldSet {
	return fieldSet{class, []manifest.Kind{manifest.KindApp, manifest.KindAgent}, paths}
}

// ofNodes is fields of apps and agents that their environments have as well.
func ofNodes(class manifest.Class, names ...string) fieldSet {
	var paths []string
	for _, name := range names {
		paths = append(paths, "spec."+name, "spec.environments.*."+name)
	}
	return ofApps(class, paths...)
}

// sinkFields returns the fields of the sinks below a path.
func sinkFields(path string) []string {
	names := []string{"keyVault", "secret", "githubSecret", "environment", "name", "file"}
	for i, name := range names {
		names[i] = path + "sinks[]." + name
	}
	return names
}

// nodeSteps compare the access of nodes, and the levels above them.
func nodeSteps() []step {
	levels := []manifest.Kind{manifest.KindRoot, manifest.KindDomain, manifest.KindApp, manifest.KindAgent}
	return []step{
		{compareAccess, []fieldSet{
			ofNodes(manifest.ClassAccess, "scopes"),
			ofApps(manifest.ClassAccess, "spec.provides"),
			ofApps(manifest.ClassIdentity, "metadata.previously"),
			ofApps(manifest.ClassBinding, "metadata.name"),
			ofNodes(manifest.ClassIdentity, "identity.github.repository", "identity.github.environment",
				"identity.entra.application", "identity.okta.application"),
		}},
		{compareRoles, []fieldSet{
			of(manifest.ClassControl, manifest.KindProvider, "spec.maps"),
		}},
		{compareBounds, []fieldSet{
			{manifest.ClassLimit, levels, []string{"spec.ceiling", "spec.deny"}},
			ofApps(manifest.ClassBinding, "spec.domain", "spec.parent"),
		}},
	}
}

// templateSteps compare policy templates. The kinds of rules say themselves which
// fields state them.
func templateSteps() []step {
	template := func(class manifest.Class, compare func(*templateChange), paths ...string) step {
		return step{eachTemplate(compare), []fieldSet{of(class, manifest.KindPolicyTemplate, paths...)}}
	}
	all := []step{
		{compareTemplates, []fieldSet{
			of(manifest.ClassBinding, manifest.KindPolicyTemplate, "metadata.name", "kind"),
			of(manifest.ClassBinding, manifest.KindRoot, "spec.include"), // what is not included is gone
		}},
		template(manifest.ClassLimit, (*templateChange).mode, "spec.mode"),
		template(manifest.ClassBinding, matchList("kinds", func(m *manifest.Match) manifest.Strings { return m.Kinds }), "spec.match.kinds"),
		template(manifest.ClassBinding, matchList("domains", func(m *manifest.Match) manifest.Strings { return m.Domains }), "spec.match.domains"),
		template(manifest.ClassBinding, matchList("environments", func(m *manifest.Match) manifest.Strings { return m.Environments }),
			"spec.match.environments"),
		template(manifest.ClassBinding, (*templateChange).matchLabels, "spec.match.labels"),
		template(manifest.ClassControl, (*templateChange).approvers, "spec.waivers.approvers"),
		template(manifest.ClassLimit, (*templateChange).longest, "spec.waivers.longest"),
	}
	for _, kind := range policy.RuleKinds() {
		all = append(all, template(manifest.ClassLimit, func(t *templateChange) { t.rules(kind) }, kind.Fields...))
	}
	return all
}

// ruleSteps compare which rules apply to nodes, and who is exempt.
func ruleSteps() []step {
	levels := []manifest.Kind{manifest.KindRoot, manifest.KindDomain, manifest.KindApp, manifest.KindAgent}
	return []step{
		{compareBinding, []fieldSet{{manifest.ClassBinding, levels, []string{"spec.policies"}}}},
		{compareBoundNodes, []fieldSet{
			ofApps(manifest.ClassBinding, "kind", "metadata.labels", "spec.environments.*"),
			of(manifest.ClassBinding, manifest.KindDomain, "kind", "metadata.name"),
		}},
		{compareWaivers, []fieldSet{
			of(manifest.ClassBinding, manifest.KindWaiver, "kind", "metadata.name"),
			of(manifest.ClassLimit, manifest.KindWaiver, "spec.for", "spec.policy", "spec.rule", "spec.scopes", "spec.from", "spec.until"),
			of(manifest.ClassControl, manifest.KindWaiver, "spec.approvedBy"),
		}},
	}
}

// limitSteps compare what the root and domains limit beside access, and which
// nodes are protected.
func limitSteps() []step {
	root := func(class manifest.Class, compare func(*comparison), paths ...string) step {
		return step{compare, []fieldSet{of(class, manifest.KindRoot, paths...)}}
	}
	domain := func(class manifest.Class, compare func(*comparison, domainChange), paths ...string) step {
		return step{eachDomain(compare), []fieldSet{of(class, manifest.KindDomain, paths...)}}
	}
	return []step{
		root(manifest.ClassLimit, countedScopes("secretScopes", "counts fewer scopes as reading a secret", (*manifest.Root).SecretScopes,
			func(spec *manifest.RootSpec) manifest.Strings { return spec.SecretScopes }), "spec.secretScopes"),
		root(manifest.ClassLimit, countedScopes("privilegedScopes", "counts fewer scopes as privileged", (*manifest.Root).PrivilegedScopes,
			func(spec *manifest.RootSpec) manifest.Strings { return spec.PrivilegedScopes }), "spec.privilegedScopes"),
		root(manifest.ClassDelivery, compareRootSinks, sinkFields("spec.")...),
		root(manifest.ClassLimit, guardrailStep("update", func(l guardrail.Limits) int { return l.UpdatePercent }), "spec.guardrails.update"),
		root(manifest.ClassLimit, guardrailStep("delete", func(l guardrail.Limits) int { return l.DeletePercent }), "spec.guardrails.delete"),
		root(manifest.ClassLimit, guardrailStep("from", func(l guardrail.Limits) int { return l.From }), "spec.guardrails.from"),
		root(manifest.ClassLimit, guardrailStep("privileged", func(l guardrail.Limits) int { return l.Privileged }), "spec.guardrails.privileged"),
		root(manifest.ClassLimit, compareEnvironments, "spec.environments"),
		root(manifest.ClassControl, compareRootApprovers, "spec.waivers.approvers"),
		root(manifest.ClassLimit, compareRootLongest, "spec.waivers.longest"),
		domain(manifest.ClassControl, compareSources, "spec.sources"),
		domain(manifest.ClassControl, compareOwner, "spec.owner"),
		{compareDomainSinks, []fieldSet{of(manifest.ClassDelivery, manifest.KindDomain, sinkFields("spec.")...)}},
		{compareProtection, []fieldSet{ofNodes(manifest.ClassLimit, "protect")}},
	}
}

// credentialSteps compare credentials: what they open and where they are delivered,
// to whom that belonged, and how often they are renewed.
func credentialSteps() []step {
	return []step{
		{compareDeliveries, []fieldSet{
			ofNodes(manifest.ClassIssue, "credentials[].name", "credentials[].type", "credentials[].provider"),
			ofNodes(manifest.ClassDelivery, sinkFields("credentials[].")...),
			of(manifest.ClassBinding, manifest.KindProvider, "kind", "metadata.name"),
		}},
		{compareClaims, nil},
		{eachNode(compareRotation), []fieldSet{
			ofNodes(manifest.ClassLimit, "credentials[].rotate.every", "credentials[].rotate.overlap", "credentials[].rotate.ackTimeout"),
			ofNodes(manifest.ClassControl, "credentials[].rotate.consumers"),
		}},
		{compareCredentials, nil},
	}
}

// controlSteps compare who answers, approves, is trusted or is called.
func controlSteps() []step {
	return []step{
		{eachNode(compareOwners), []fieldSet{ofNodes(manifest.ClassControl, "owner")}},
		{eachNode(compareSource), []fieldSet{ofNodes(manifest.ClassControl, "source")}},
		{eachNode(compareAgents), []fieldSet{
			of(manifest.ClassControl, manifest.KindAgent, "spec.sponsor", "spec.onBehalfOf", "spec.tokenLife", "spec.until"),
		}},
		{compareRootControl, []fieldSet{
			of(manifest.ClassBinding, manifest.KindRoot, "kind", "metadata.name"),
			of(manifest.ClassControl, manifest.KindRoot, "spec.store", "spec.snapshotKeys", "spec.propagate"),
		}},
		{compareGroups, []fieldSet{
			of(manifest.ClassControl, manifest.KindRoot, "spec.groups[].name", "spec.groups[].github[].id",
				"spec.groups[].gitlab[].id", "spec.groups[].azure[].id"),
		}},
		{compareContainers, []fieldSet{of(manifest.ClassControl, manifest.KindDomain, "spec.container", "spec.retention")}},
		{compareProviders, []fieldSet{
			of(manifest.ClassControl, manifest.KindProvider, "spec.type", "spec.tenant", "spec.account", "spec.client", "spec.key",
				"spec.owns", "spec.unmanaged", "spec.excess"),
		}},
	}
}
