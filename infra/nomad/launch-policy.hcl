# ACL policy of the launch worker's token: jobs of one namespace, and nothing else of the cluster.
namespace "default" {
  capabilities = ["submit-job", "read-job", "list-jobs", "alloc-lifecycle"]
}
