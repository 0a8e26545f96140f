/**
 * The messages of the client port, written for Decree after the field numbers of etcd's v3 API. Text in a
 * module and not .proto files, so that the compiled program carries them wherever it lies.
 */
export const SCHEMA = `
syntax = "proto3";
package etcdserverpb;

message ResponseHeader {
  uint64 cluster_id = 1;
  uint64 member_id = 2;
  int64 revision = 3;
  uint64 raft_term = 4;
}

message KeyValue {
  bytes key = 1;
  int64 create_revision = 2;
  int64 mod_revision = 3;
  int64 version = 4;
  bytes value = 5;
  int64 lease = 6;
}

message RangeRequest {
  bytes key = 1;
  bytes range_end = 2;
  int64 limit = 3;
  int64 revision = 4;
  int32 sort_order = 5;  // 0 none, 1 ascend, 2 descend
  int32 sort_target = 6; // 0 key, 1 version, 2 create, 3 mod, 4 value
  bool serializable = 7;
  bool keys_only = 8;
  bool count_only = 9;
  int64 min_mod_revision = 10;
  int64 max_mod_revision = 11;
  int64 min_create_revision = 12;
  int64 max_create_revision = 13;
}
message RangeResponse {
  ResponseHeader header = 1;
  repeated KeyValue kvs = 2;
  bool more = 3;
  int64 count = 4;
}

message PutRequest {
  bytes key = 1;
  bytes value = 2;
  int64 lease = 3;
  bool prev_kv = 4;
  bool ignore_value = 5;
  bool ignore_lease = 6;
}
message PutResponse {
  ResponseHeader header = 1;
  KeyValue prev_kv = 2;
}

message DeleteRangeRequest {
  bytes key = 1;
  bytes range_end = 2;
  bool prev_kv = 3;
}
message DeleteRangeResponse {
  ResponseHeader header = 1;
  int64 deleted = 2;
  repeated KeyValue prev_kvs = 3;
}

message Compare {
  int32 result = 1; // 0 equal, 1 greater, 2 less, 3 not equal
  int32 target = 2; // 0 version, 1 create, 2 mod, 3 value, 4 lease
  bytes key = 3;
  oneof target_union {
    int64 version = 4;
    int64 create_revision = 5;
    int64 mod_revision = 6;
    bytes value = 7;
    int64 lease = 8;
  }
  bytes range_end = 64;
}
message RequestOp {
  oneof request {
    RangeRequest request_range = 1;
    PutRequest request_put = 2;
    DeleteRangeRequest request_delete_range = 3;
    TxnRequest request_txn = 4;
  }
}
message ResponseOp {
  oneof response {
    RangeResponse response_range = 1;
    PutResponse response_put = 2;
    DeleteRangeResponse response_delete_range = 3;
    TxnResponse response_txn = 4;
  }
}
message TxnRequest {
  repeated Compare compare = 1;
  repeated RequestOp success = 2;
  repeated RequestOp failure = 3;
}
message TxnResponse {
  ResponseHeader header = 1;
  bool succeeded = 2;
  repeated ResponseOp responses = 3;
}

message StatusRequest {}
message StatusResponse {
  ResponseHeader header = 1;
  string version = 2;
  int64 db_size = 3;
  uint64 leader = 4;
  uint64 raft_index = 5;
  uint64 raft_term = 6;
  uint64 raft_applied_index = 7;
  repeated string errors = 8;
  int64 db_size_in_use = 9;
  bool is_learner = 10;
}

message AlarmRequest {
  int32 action = 1;
  uint64 member_id = 2;
  int32 alarm = 3;
}
message AlarmResponse {
  ResponseHeader header = 1;
}

message Member {
  uint64 id = 1;
  string name = 2;
  repeated string peer_urls = 3;
  repeated string client_urls = 4;
  bool is_learner = 5;
  string decree_member = 1001;
}
message MemberListRequest {
  bool linearizable = 1;
}
message MemberListResponse {
  ResponseHeader header = 1;
  repeated Member members = 2;
  string decree_birth = 1001; // the birth record, JSON
}
message MemberAddRequest {
  repeated string peer_urls = 1;
  bool is_learner = 2;
  string decree_member = 1001; // drawn by who makes the marker
  string decree_client = 1002;
  uint64 decree_replaces = 1003;
}
message MemberAddResponse {
  ResponseHeader header = 1;
  Member member = 2;
  repeated Member members = 3;
  string decree_member = 1001;
}
message MemberRemoveRequest {
  uint64 id = 1;
}
message MemberRemoveResponse {
  ResponseHeader header = 1;
  repeated Member members = 2;
}
message MemberPromoteRequest {
  uint64 id = 1;
}
message MemberPromoteResponse {
  ResponseHeader header = 1;
  repeated Member members = 2;
}

message MoveLeaderRequest {
  uint64 target_id = 1;
}
message MoveLeaderResponse {
  ResponseHeader header = 1;
}

message HealthCheckRequest {
  string service = 1;
}
message HealthCheckResponse {
  int32 status = 1; // 0 unknown, 1 serving, 2 not serving
}

// Of the service decree.Sessions, which etcd does not have.
message OpenSessionRequest {}
message OpenSessionResponse {
  ResponseHeader header = 1;
  string session = 2; // as in the metadata decree-session
  int64 window = 3;   // how many numbers, from decree-low on, are taken
}
message CloseSessionRequest {
  string session = 1;
}
message CloseSessionResponse {
  ResponseHeader header = 1;
  bool closed = 2; // false where it was unknown
}
`;
