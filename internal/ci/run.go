// SPDX-License-Identifier: Apache-2.0

package ci

import "cmp"

// Commit returns the commit that the CI system runs for, "" if it names none. It
// is the system's claim, and no proof of the files checked out.
func Commit(getenv func(string) string) string {
	return firstOf(getenv, "GITHUB_SHA", "BUILD_SOURCEVERSION", "CI_COMMIT_SHA")
}

// Workspace returns the folder of the repository in GitHub Actions, "" elsewhere.
// Annotations and code scanning name files relative to it.
func Workspace(getenv func(string) string) string { return getenv("GITHUB_WORKSPACE") }

// Scheduled reports whether a schedule of GitHub Actions started the run.
func Scheduled(getenv func(string) string) bool { return getenv("GITHUB_EVENT_NAME") == "schedule" }

// GitHubAPI returns the address of GitHub's REST API: that of the server that runs
// the job, or the public one.
func GitHubAPI(getenv func(string) string) string {
	return cmp.Or(getenv("GITHUB_API_URL"), "https://api.github.com")
}
