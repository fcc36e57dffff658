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
	compare func(*comparison) // nil: the fields are not compared yet
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
	return slices.Concat(nodeSteps(), templateSteps(), ruleSteps(), limitSteps(), credentialSteps(), pendingSteps())
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
			ofNodes(manifest.ClassIdentity, "identity.github.repository", "identity.github.environment",
				"identity.entra.application", "identity.okta.application"),
		}},
		{compareRoles, []fieldSet{
			of(manifest.ClassControl, manifest.KindRoot, "spec.propagate"),
			of(manifest.ClassControl, manifest.KindProvider, "spec.type", "spec.tenant", "spec.account", "spec.maps"),
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
		{compareTemplates, []fieldSet{of(manifest.ClassBinding, manifest.KindPolicyTemplate, "metadata.name")}},
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
		{compareWaivers, []fieldSet{
			of(manifest.ClassBinding, manifest.KindWaiver, "metadata.name"),
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
		domain(manifest.ClassControl, compareSources, "spec.sources"),
		domain(manifest.ClassControl, compareOwner, "spec.owner"),
		domain(manifest.ClassDelivery, compareDomainSinks, sinkFields("spec.")...),
		{compareProtection, []fieldSet{ofNodes(manifest.ClassLimit, "protect")}},
	}
}

// credentialSteps compare credentials, and where they are delivered.
func credentialSteps() []step {
	return []step{{compareCredentials, []fieldSet{
		ofNodes(manifest.ClassIssue, "credentials[].name", "credentials[].type", "credentials[].provider"),
		ofNodes(manifest.ClassDelivery, sinkFields("credentials[].")...),
		ofNodes(manifest.ClassLimit, "credentials[].rotate.every", "credentials[].rotate.overlap", "credentials[].rotate.ackTimeout"),
		ofNodes(manifest.ClassControl, "credentials[].rotate.consumers"),
	}}}
}

// pendingSteps are the fields that something can be gained by and that no step
// compares yet. A change of a field of the root, a domain or a provider is listed
// under policy all the same.
func pendingSteps() []step {
	return []step{{nil, []fieldSet{
		{manifest.ClassBinding, manifest.Kinds(), []string{"kind"}},
		{
			manifest.ClassBinding,
			[]manifest.Kind{manifest.KindRoot, manifest.KindDomain, manifest.KindApp, manifest.KindAgent, manifest.KindProvider},
			[]string{"metadata.name"},
		},
		of(manifest.ClassBinding, manifest.KindRoot, "spec.include"),
		ofApps(manifest.ClassBinding, "metadata.labels", "spec.environments.*"),
		of(manifest.ClassControl, manifest.KindRoot, "spec.store", "spec.snapshotKeys"),
		of(manifest.ClassControl, manifest.KindDomain, "spec.container", "spec.retention"),
		ofNodes(manifest.ClassControl, "owner", "source"),
		of(manifest.ClassControl, manifest.KindAgent, "spec.sponsor", "spec.onBehalfOf", "spec.tokenLife", "spec.until"),
		of(manifest.ClassControl, manifest.KindProvider, "spec.client", "spec.key", "spec.owns", "spec.unmanaged"),
	}}}
}
