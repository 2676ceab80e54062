// Reads YAML: libyaml's events become a tree of Nodes that know their places to the byte.
//
// libyaml counts characters and its marks are generous (a block map ends where the next token begins); the
// spans here are exact. Nesting and aliases are bounded while the events come in, so no input costs more than
// it should. Tested by tests/unit/document/yaml_test.cc, scalar_test.cc, tests/fuzz/yaml_fuzz.cc.
#include <yaml.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "policies/base/utf8.h"
#include "policies/document/document.h"
#include "policies/document/keys.h"
#include "policies/document/scalar.h"
#include "policies/document/yaml_error.h"
#include "policies/document/yaml_events.h"
#include "policies/document/yaml_place.h"

namespace guard {

namespace {

constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

// A map key before its value is known.
struct Key {
  std::string_view text;
  Span span;
  bool merge = false;
};

// What an anchor stands for once its node is complete.
struct Anchor {
  uint32_t id = 0;
  bool complete = false;
  bool used = false;
  uint32_t height = 0;  // of containers
  uint64_t nodes = 0;   // aliases inside counted as what they stand for
  Node node;
  bool has_key = false;  // a scalar, which may serve as a key
  Key key;
};

struct Frame {
  Node node;           // kind, style, begin of its span
  uint32_t first = 0;  // its first entry or item on the stack
  uint32_t end = 0;    // where its last child ends
  uint32_t height = 1;
  uint64_t nodes_before = 0;
  Anchor* anchor = nullptr;
  uint32_t anchor_id = 0;
  bool braces = false;   // written with {} or []
  bool has_key = false;  // a key waits for its value
  bool merges = false;
  Key key;
};

class Reader {
 public:
  Reader(const Source& source, YamlSchema schema, const ReadLimits& limits, Documents* out)
      : source_(source),
        text_(source.text()),
        schema_(schema),
        limits_(limits),
        out_(*out),
        offsets_(text_),
        events_(text_.substr(offsets_.base())) {}

  Result<void> Run();

 private:
  Result<void> ReadEvent(const yaml_event_t& event);
  Result<void> OnScalar(const yaml_event_t& event);
  Result<void> OnAlias(const yaml_event_t& event);
  Result<void> OnStart(const yaml_event_t& event, NodeKind kind, const yaml_char_t* anchor, bool flow,
                       bool tagged);
  Result<void> OnEnd(const yaml_event_t& event);
  void EndDocument();

  Result<Node> ScalarNode(const yaml_event_t& event, Span span, std::string_view value, NodeStyle style,
                          bool is_string);
  Result<Key> KeyOf(const yaml_event_t& event, const Node* node, Span span, std::string_view value,
                    bool plain);
  Result<void> AddValue(const Node& node, uint32_t height);
  Result<void> CloseMap(Frame& frame);
  Result<void> Merge(Frame& frame);

  bool WantsKey() const {
    return !frames_.empty() && frames_.back().node.is_map() && !frames_.back().has_key;
  }
  Anchor* BeginAnchor(const yaml_char_t* name);
  std::string_view View(std::string_view value, Span inner);
  Span AbsentSpan(uint32_t mark) const;
  Error ErrorAt(Span span, std::string message, std::string hint = {}) const {
    if (hint.empty()) hint = TemplateHint(source_, span.begin);
    return source_.ErrorAt(span, std::move(message), std::move(hint));
  }

  const Source& source_;
  std::string_view text_;
  YamlSchema schema_;
  const ReadLimits& limits_;
  Documents& out_;
  YamlOffsets offsets_;
  YamlEvents events_;

  std::vector<Frame> frames_;
  std::vector<Entry> entries_;
  std::vector<Node> items_;
  std::map<std::string, Anchor, std::less<>> anchors_;
  uint32_t next_anchor_ = 0;
  std::vector<uint32_t> used_anchor_places_;
  uint64_t nodes_ = 0;        // of this document, aliases counted as what they stand for
  uint64_t alias_nodes_ = 0;  // of the whole stream
  uint32_t index_ = 0;
  bool root_is_empty_ = false;
  Node root_;
};

std::string_view TextOf(const yaml_char_t* bytes) {
  return bytes == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(bytes));
}

// Aliases share children, so what says "an edit here changes other places" is told to the shared ones.
void MarkAliased(const Node& node) {
  if (node.is_map()) {
    for (const Entry& entry : node.map()) {
      if (!entry.value.has(NodeFlag::kAliased)) MarkAliased(entry.value);
      const_cast<Node&>(entry.value).set(NodeFlag::kAliased);
    }
  } else if (node.is_list()) {
    for (const Node& item : node.list()) {
      if (!item.has(NodeFlag::kAliased)) MarkAliased(item);
      const_cast<Node&>(item).set(NodeFlag::kAliased);
    }
  }
}

// Marks the definitions themselves, which had been copied into their parents before their first alias was
// seen.
void MarkDefinitions(Node& node, const std::vector<uint32_t>& places) {
  if (node.has(NodeFlag::kAliased)) return;
  if (std::binary_search(places.begin(), places.end(), node.span.begin)) node.set(NodeFlag::kAliased);
  for (const Entry& entry : node.map()) MarkDefinitions(const_cast<Node&>(entry.value), places);
  for (const Node& item : node.list()) MarkDefinitions(const_cast<Node&>(item), places);
}

// Entries that stand for a merge key until their map is complete; told from a quoted "<<" by this very
// pointer.
constexpr char kMergeMark[] = "<<";

bool IsMergeValue(const Node& value) {
  if (!value.is_list()) return value.is_map();
  return std::ranges::all_of(value.list(), [](const Node& item) { return item.is_map(); });
}

Result<void> Reader::Run() {
  TRY_VOID(CheckText(source_));
  while (true) {
    const yaml_event_t* event = events_.Next();
    if (event == nullptr) {
      const yaml_parser_t& parser = events_.parser();
      YamlMark problem, context;
      if (parser.error == YAML_READER_ERROR) {
        problem = {static_cast<uint32_t>(std::min(offsets_.base() + parser.problem_offset, text_.size())),
                   true};
      } else {
        bool marked = parser.problem_mark.line + parser.problem_mark.index > 0 || parser.context == nullptr;
        problem = {offsets_.At(parser.problem_mark.index), marked};
        context = {offsets_.At(parser.context_mark.index), parser.context != nullptr};
      }
      return Fail(TranslateYamlError(source_, parser, problem, context));
    }
    if (event->type == YAML_STREAM_END_EVENT) return {};
    TRY_VOID(ReadEvent(*event));
  }
}

Result<void> Reader::ReadEvent(const yaml_event_t& event) {
  switch (event.type) {
    case YAML_DOCUMENT_START_EVENT:
      anchors_.clear();
      used_anchor_places_.clear();
      nodes_ = 0;
      if (index_ >= limits_.documents) {
        uint32_t at = offsets_.At(event.start_mark.index);
        return Fail(
            ErrorAt({at, at}, "more than " + std::to_string(limits_.documents) + " documents in one file"));
      }
      return {};
    case YAML_DOCUMENT_END_EVENT: EndDocument(); return {};
    case YAML_SCALAR_EVENT: return OnScalar(event);
    case YAML_ALIAS_EVENT: return OnAlias(event);
    case YAML_MAPPING_START_EVENT: {
      const auto& start = event.data.mapping_start;
      return OnStart(event, NodeKind::kMap, start.anchor, start.style == YAML_FLOW_MAPPING_STYLE,
                     start.tag != nullptr);
    }
    case YAML_SEQUENCE_START_EVENT: {
      const auto& start = event.data.sequence_start;
      return OnStart(event, NodeKind::kList, start.anchor, start.style == YAML_FLOW_SEQUENCE_STYLE,
                     start.tag != nullptr);
    }
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT: return OnEnd(event);
    default: return {};
  }
}

void Reader::EndDocument() {
  if (!root_is_empty_) {
    if (!used_anchor_places_.empty()) {
      std::ranges::sort(used_anchor_places_);
      MarkDefinitions(root_, used_anchor_places_);
    }
    out_.all.push_back({root_, index_});
  }
  ++index_;
}

Result<void> Reader::OnScalar(const yaml_event_t& event) {
  const auto& scalar = event.data.scalar;
  std::string_view value(reinterpret_cast<const char*>(scalar.value), scalar.length);
  uint32_t begin = offsets_.At(event.start_mark.index);
  uint32_t end = offsets_.At(event.end_mark.index);
  bool properties =
      scalar.anchor != nullptr || scalar.tag != nullptr || (begin < text_.size() && text_[begin] == '!');
  bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
  bool absent = plain && value.empty();
  bool is_string = false;  // "! 12": the tag that says so
  ++nodes_;
  Span span{begin, end};
  if (absent) {
    span = properties ? Span{end, end} : AbsentSpan(begin);
  } else if (properties) {
    span.begin = SkipYamlProperties(text_, begin, &is_string);
  }
  NodeStyle style = NodeStyle::kPlain;
  switch (scalar.style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: style = NodeStyle::kSingleQuoted; break;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: style = NodeStyle::kDoubleQuoted; break;
    case YAML_LITERAL_SCALAR_STYLE: style = NodeStyle::kLiteral; break;
    case YAML_FOLDED_SCALAR_STYLE: style = NodeStyle::kFolded; break;
    default: break;
  }
  if (style == NodeStyle::kLiteral || style == NodeStyle::kFolded)
    span.end = EndOfBlockScalar(text_, span.begin, span.end);

  // Most keys need no Node of their own.
  if (WantsKey() && !properties) {
    Frame& map = frames_.back();
    map.key = TRY(KeyOf(event, nullptr, span, value, plain));
    map.merges = map.merges || map.key.merge;
    map.has_key = true;
    return {};
  }
  Node node = TRY(ScalarNode(event, span, value, style, is_string));
  if (absent) node.set(NodeFlag::kAbsent);
  if (frames_.empty()) root_is_empty_ = absent && node.is_null() && !properties;
  std::optional<Key> key;
  if (WantsKey() || scalar.anchor != nullptr) {
    Result<Key> result = KeyOf(event, &node, span, value, plain);
    if (result)
      key = *result;
    else if (WantsKey())
      return Fail(std::move(result.error()));
  }
  if (scalar.anchor != nullptr) {
    Anchor* anchor = BeginAnchor(scalar.anchor);
    anchor->complete = true;
    anchor->nodes = 1;
    anchor->node = node;
    anchor->has_key = key.has_value();
    if (key) anchor->key = *key;
  }
  if (!WantsKey()) return AddValue(node, 0);
  Frame& map = frames_.back();
  map.key = *key;
  map.merges = map.merges || map.key.merge;
  map.has_key = true;
  return {};
}

Result<Node> Reader::ScalarNode(const yaml_event_t& event, Span span, std::string_view value, NodeStyle style,
                                bool is_string) {
  Node node;
  node.style = style;
  node.span = span;
  std::string_view tag = TextOf(event.data.scalar.tag);
  bool quoted = style != NodeStyle::kPlain;
  if (tag.starts_with(kCoreTag) && tag != "tag:yaml.org,2002:str") {
    std::string_view type = tag.substr(kCoreTag.size());
    if (type == "binary") {
      std::optional<std::string> bytes = DecodeBinary(value);
      if (!bytes) return Fail(ErrorAt(span, "!!binary takes base64"));
      std::string_view copy = out_.arena.Copy(*bytes);
      node.kind = NodeKind::kString, node.bytes = copy.data(), node.size = static_cast<uint32_t>(copy.size());
      return node;
    }
    if (!ResolveTagged(schema_, type, value, &node))
      return Fail(ErrorAt(span, "'" + std::string(value.substr(0, 40)) + "' is no !!" + std::string(type)));
  } else if (quoted || !tag.empty() || is_string) {
    node.kind = NodeKind::kString;
  } else {
    ResolvePlain(schema_, value, &node);
  }
  if (node.kind == NodeKind::kDouble && schema_ == YamlSchema::kKubernetes && !std::isfinite(node.real))
    return Fail(ErrorAt(span, "Kubernetes has no number '" + std::string(value) + "'",
                        "quote it to make it a string"));
  if (node.is_string()) {
    bool marks = style == NodeStyle::kSingleQuoted || style == NodeStyle::kDoubleQuoted;
    std::string_view view = View(value, marks ? Span{span.begin + 1, span.end - 1} : span);
    node.bytes = view.data(), node.size = static_cast<uint32_t>(view.size());
  }
  return node;
}

Result<Key> Reader::KeyOf(const yaml_event_t& event, const Node* node, Span span, std::string_view value,
                          bool plain) {
  std::string_view tag = TextOf(event.data.scalar.tag);
  Key key;
  key.span = span;
  key.merge = value == "<<" && (tag.empty() ? plain : tag == "tag:yaml.org,2002:merge");
  std::string converted;
  std::optional<std::string_view> text = value;
  if (node != nullptr) {
    text = KeyText(schema_, *node, value, &converted);
  } else if (plain) {
    text = KeyText(schema_, value, &converted);
  }
  if (!text) {
    if (value.empty()) return Fail(ErrorAt(span, "a key is missing before ':'"));
    return Fail(ErrorAt(span, "'" + std::string(value) + "' cannot be a key in Kubernetes", "quote it"));
  }
  bool quoted = event.data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                event.data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  key.text = View(*text, quoted ? Span{span.begin + 1, span.end - 1} : span);
  return key;
}

// The value as a view into the source where the source spells it so, otherwise a copy in the arena.
std::string_view Reader::View(std::string_view value, Span inner) {
  if (inner.begin <= inner.end && inner.size() == value.size()) {
    std::string_view written = source_.text(inner);
    if (written == value) return written;
  }
  return out_.arena.Copy(value);
}

Result<void> Reader::OnAlias(const yaml_event_t& event) {
  Span span{offsets_.At(event.start_mark.index), offsets_.At(event.end_mark.index)};
  std::string_view name = TextOf(event.data.alias.anchor);
  auto found = anchors_.find(name);
  if (found == anchors_.end())
    return Fail(ErrorAt(span, "there is no anchor '&" + std::string(name) + "' before this"));
  Anchor& anchor = found->second;
  if (!anchor.complete)
    return Fail(ErrorAt(span, "'*" + std::string(name) + "' is inside what it stands for"));
  nodes_ += anchor.nodes;
  alias_nodes_ += anchor.nodes;
  if (alias_nodes_ > limits_.alias_nodes)
    return Fail(
        ErrorAt(span, "aliases multiply to more than " + std::to_string(limits_.alias_nodes) + " values"));
  if (frames_.size() + anchor.height > limits_.depth)
    return Fail(
        ErrorAt(span, "nested deeper than " + std::to_string(limits_.depth) + " levels through aliases"));
  if (!anchor.used) {
    anchor.used = true;
    used_anchor_places_.push_back(anchor.node.span.begin);
    MarkAliased(anchor.node);
  }
  if (WantsKey()) {
    if (!anchor.has_key) return Fail(ErrorAt(span, "a map or list cannot be a key"));
    frames_.back().key = {anchor.key.text, span, false};
    frames_.back().has_key = true;
    return {};
  }
  Node node = anchor.node;
  node.span = span;
  node.set(NodeFlag::kAliased);
  if (frames_.empty()) root_is_empty_ = false;
  return AddValue(node, anchor.height);
}

Result<void> Reader::OnStart(const yaml_event_t& event, NodeKind kind, const yaml_char_t* anchor, bool flow,
                             bool tagged) {
  uint32_t begin = offsets_.At(event.start_mark.index);
  if (anchor != nullptr || tagged) begin = SkipYamlProperties(text_, begin);
  if (WantsKey()) return Fail(ErrorAt({begin, begin + 1}, "a map or list cannot be a key"));
  if (frames_.size() >= limits_.depth)
    return Fail(
        ErrorAt({begin, begin + 1}, "nested deeper than " + std::to_string(limits_.depth) + " levels"));
  if (frames_.empty()) root_is_empty_ = false;
  Frame& frame = frames_.emplace_back();
  frame.node.kind = kind;
  frame.node.style = flow ? NodeStyle::kFlow : NodeStyle::kBlock;
  frame.node.span = {begin, begin};
  frame.first = static_cast<uint32_t>(kind == NodeKind::kMap ? entries_.size() : items_.size());
  frame.end = begin;
  frame.nodes_before = nodes_++;
  // A single pair in a flow list ([a: b]) is a flow map without braces.
  frame.braces = flow && begin < text_.size() && text_[begin] == (kind == NodeKind::kMap ? '{' : '[');
  if (anchor != nullptr) frame.anchor = BeginAnchor(anchor), frame.anchor_id = frame.anchor->id;
  return {};
}

Result<void> Reader::OnEnd(const yaml_event_t& event) {
  Frame frame = frames_.back();
  Node& node = frame.node;
  node.span.end = frame.braces ? offsets_.At(event.end_mark.index) : frame.end;
  if (node.is_map()) {
    if (frame.merges) {
      TRY_VOID(Merge(frame));
    } else {
      TRY_VOID(CloseMap(frame));
    }
  } else {
    node.size = static_cast<uint32_t>(items_.size() - frame.first);
    Node* items = out_.arena.AllocateArray<Node>(node.size);
    std::copy(items_.begin() + frame.first, items_.end(), items);
    items_.resize(frame.first);
    node.items = items;
  }
  frames_.pop_back();
  // An anchor of the same name inside this node has taken the name over.
  if (frame.anchor != nullptr && frame.anchor->id == frame.anchor_id) {
    frame.anchor->complete = true;
    frame.anchor->height = frame.height;
    frame.anchor->nodes = nodes_ - frame.nodes_before;
    frame.anchor->node = node;
  }
  return AddValue(node, frame.height);
}

Result<void> Reader::AddValue(const Node& node, uint32_t height) {
  if (frames_.empty()) {
    root_ = node;
    return {};
  }
  Frame& frame = frames_.back();
  frame.end = std::max(frame.end, node.span.end);
  frame.height = std::max(frame.height, height + 1);
  if (frame.node.is_list()) {
    items_.push_back(node);
    return {};
  }
  Entry& entry = entries_.emplace_back();
  entry.set_key(frame.key.text);
  entry.key_span = frame.key.span;
  entry.value = node;
  frame.has_key = false;
  if (!frame.key.merge) return {};
  if (!IsMergeValue(node))
    return Fail(ErrorAt(node.span, "a merge key ('<<') takes a map or a list of maps"));
  entry.key_bytes = kMergeMark;
  return {};
}

Result<void> Reader::CloseMap(Frame& frame) {
  std::span<const Entry> entries = std::span(entries_).subspan(frame.first);
  if (std::optional<DuplicateKey> duplicate = FindDuplicate(entries)) {
    LineColumn first = source_.Locate(entries[duplicate->first].key_span.begin);
    const Entry& second = entries[duplicate->second];
    return Fail(ErrorAt(second.key_span, "the key '" + std::string(second.key().substr(0, 80)) +
                                             "' is already set at line " + std::to_string(first.line) +
                                             ", column " + std::to_string(first.column)));
  }
  Entry* copy = out_.arena.AllocateArray<Entry>(entries.size());
  std::ranges::copy(entries, copy);
  frame.node.size = static_cast<uint32_t>(entries.size());
  frame.node.entries = copy;
  entries_.resize(frame.first);
  return {};
}

// go-yaml 2, which Kubernetes uses, and Ruby's reader merge where the key stands, so that what comes later
// wins; the later readers let an explicit key win wherever it stands.
Result<void> Reader::Merge(Frame& frame) {
  bool explicit_wins = schema_ == YamlSchema::kCore12;
  std::vector<Entry> candidates;
  std::vector<bool> merged;
  auto merge_map = [&](const Node& map) {
    for (Entry entry : map.map()) {
      entry.value.set(NodeFlag::kAliased);
      candidates.push_back(entry), merged.push_back(true);
    }
  };
  for (const Entry& entry : std::span(entries_).subspan(frame.first)) {
    if (entry.key_bytes != kMergeMark) {
      candidates.push_back(entry), merged.push_back(false);
    } else if (entry.value.is_map()) {
      merge_map(entry.value);
    } else {
      for (size_t i = entry.value.size; i-- > 0;)
        merge_map(entry.value.items[i]);  // earlier maps win: written last
    }
  }
  std::vector<uint32_t> order = SortByKey(candidates);
  std::vector<uint32_t> winners;
  std::optional<DuplicateKey> duplicate;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    std::optional<uint32_t> written;
    for (end = begin; end < order.size() && candidates[order[end]].key() == candidates[order[begin]].key();
         ++end) {
      if (merged[order[end]]) continue;
      if (written && (!duplicate || order[end] < duplicate->second))
        duplicate = DuplicateKey{*written, order[end]};
      written = order[end];
    }
    winners.push_back(explicit_wins && written ? *written : order[end - 1]);
  }
  std::ranges::sort(winners);
  std::vector<Entry> result;
  if (duplicate) {
    result = {candidates[duplicate->first], candidates[duplicate->second]};  // CloseMap tells
  } else {
    for (uint32_t winner : winners) result.push_back(candidates[winner]);
  }
  entries_.resize(frame.first);
  entries_.insert(entries_.end(), result.begin(), result.end());
  return CloseMap(frame);
}

Anchor* Reader::BeginAnchor(const yaml_char_t* name) {
  Anchor& anchor = anchors_[std::string(TextOf(name))];
  anchor = Anchor();
  anchor.id = next_anchor_++;
  return &anchor;
}

// Where a value that is not written would stand: right behind its ':' or '-'.
Span Reader::AbsentSpan(uint32_t mark) const {
  if (frames_.empty() || !frames_.back().node.is_map() || !frames_.back().has_key) return {mark, mark};
  uint32_t key_end = frames_.back().key.span.end;
  uint32_t colon = SkipYamlBlank(text_, key_end);
  uint32_t at = colon < text_.size() && text_[colon] == ':' ? colon + 1 : key_end;
  return {at, at};
}

}  // namespace

Documents ReadYaml(const Source& source, YamlSchema schema, const ReadLimits& limits) {
  Documents documents(source);
  Reader reader(source, schema, limits, &documents);
  Result<void> result = reader.Run();
  if (!result) documents.error = std::move(result.error());
  return documents;
}

}  // namespace guard
