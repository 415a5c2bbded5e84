#include "connectors/source_faker/faker_rows.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "connectors/source_faker/faker_random.h"
#include "connectors/source_faker/faker_words.h"

namespace wharf::connectors::faker {
namespace {

using record::RecordBatch;
using record::Value;

// Rows are created within these 25 years, whatever day it is: 2000-01-01 to 2025-01-01.
constexpr std::int64_t kFirstSecond = 946'684'800;
constexpr std::int64_t kLastSecond = 1'735'689'600;
constexpr std::int64_t kDay = 86'400;

Value instant(std::int64_t epoch_second) {
  return Value::timestamp_tz(epoch_second, 0, 0);
}

/// Which of a stream's fields are wanted, and where they stand in a row.
template <std::size_t N>
class Columns {
 public:
  Columns(const record::Schema& schema, const std::array<std::string_view, N>& names) {
    for (std::size_t field = 0; field < N; ++field) {
      auto found = schema.find(names[field]);
      at_[field] = found ? static_cast<std::ptrdiff_t>(*found) : -1;
    }
  }
  bool has(std::size_t field) const { return at_[field] >= 0; }
  void set(Value* row, std::size_t field, Value value) const {
    if (has(field)) row[at_[field]] = value;
  }

 private:
  std::array<std::ptrdiff_t, N> at_;
};

/// Writes text into memory that was made large enough.
class TextWriter {
 public:
  explicit TextWriter(char* at) : begin_(at), at_(at) {}
  TextWriter& operator<<(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
    return *this;
  }
  TextWriter& operator<<(char c) {
    *at_++ = c;
    return *this;
  }
  TextWriter& operator<<(std::int64_t number) {
    at_ = std::to_chars(at_, at_ + 20, number).ptr;
    return *this;
  }
  TextWriter& digits(std::uint32_t number, int width) {
    for (int i = width - 1; i >= 0; --i, number /= 10)
      at_[i] = static_cast<char>('0' + number % 10);
    at_ += width;
    return *this;
  }
  std::string_view text() const { return {begin_, static_cast<std::size_t>(at_ - begin_)}; }

 private:
  char* begin_;
  char* at_;
};

/// When a row was last changed, if the pass does not say: between its creation and the last day.
std::int64_t own_update(std::int64_t created, Deal& deal) {
  return created + deal.far_below(kLastSecond - created);
}

class UserMaker final : public RowMaker {
 public:
  explicit UserMaker(const record::Schema& schema) : columns_(schema, kNames) {}

  void append(const Pass& pass, std::int64_t first, std::int64_t last,
              RecordBatch& batch) const override {
    for (std::int64_t id = first; id <= last; ++id) {
      make(pass, id, batch.append_row(pass.emitted_at), batch);
    }
  }

 private:
  enum Field : std::size_t {
    kId,
    kCreatedAt,
    kUpdatedAt,
    kName,
    kTitle,
    kAge,
    kEmail,
    kTelephone,
    kGender,
    kLanguage,
    kDegree,
    kNationality,
    kOccupation,
    kHeight,
    kBloodType,
    kWeight,
    kAddress,
    kFields
  };
  static constexpr std::array<std::string_view, kFields> kNames = {
      "id",         "created_at", "updated_at", "name",     "title",           "age",
      "email",      "telephone",  "gender",     "language", "academic_degree", "nationality",
      "occupation", "height",     "blood_type", "weight",   "address"};

  void make(const Pass& pass, std::int64_t id, Value* row, RecordBatch& batch) const {
    Chance chance(pass.seed, static_cast<std::uint64_t>(StreamKind::users), id);
    Deal times(chance.next());
    Deal person(chance.next());
    Deal work(chance.next());
    Deal body(chance.next());
    Deal contact(chance.next());
    Deal address(chance.next());
    Deal place(chance.next());

    std::int64_t created = kFirstSecond + times.far_below(kLastSecond - kFirstSecond);
    std::int64_t updated = own_update(created, times);
    columns_.set(row, kId, Value::integer(id));
    columns_.set(row, kCreatedAt, instant(created));
    columns_.set(row, kUpdatedAt, instant(pass.updated_at.value_or(updated)));
    columns_.set(row, kName, Value::string(person.pick(words::first_names)));
    columns_.set(row, kTitle, Value::string(person.pick(words::titles)));
    columns_.set(row, kGender, Value::string(person.pick(words::genders)));
    columns_.set(row, kAge, Value::integer(18 + person.below(62)));
    columns_.set(row, kLanguage, Value::string(work.pick(words::languages)));
    columns_.set(row, kDegree, Value::string(work.pick(words::degrees)));
    columns_.set(row, kNationality, Value::string(work.pick(words::nationalities)));
    columns_.set(row, kOccupation, Value::string(work.pick(words::occupations)));
    columns_.set(row, kBloodType, Value::string(body.pick(words::blood_types)));
    columns_.set(row, kWeight, Value::integer(45 + body.below(60)));
    std::uint32_t height = body.below(51);
    if (columns_.has(kHeight)) columns_.set(row, kHeight, height_of(height, batch));
    if (columns_.has(kEmail)) columns_.set(row, kEmail, email(id, contact, batch));
    if (columns_.has(kTelephone)) columns_.set(row, kTelephone, telephone(chance, batch));
    if (columns_.has(kAddress)) columns_.set(row, kAddress, address_of(address, place, batch));
  }

  static Value height_of(std::uint32_t centimetres, RecordBatch& batch) {
    TextWriter text(batch.allocate(4));
    text << '1' << '.';
    if (centimetres == 50) return Value::string("2.00");
    text.digits(50 + centimetres, 2);
    return Value::string(text.text());
  }

  /// Names its id, so that no two users share one.
  static Value email(std::int64_t id, Deal deal, RecordBatch& batch) {
    TextWriter text(batch.allocate(64));
    text << deal.pick(words::mail_words);
    text.digits(1800 + deal.below(200), 4) << '+' << id << '@' << deal.pick(words::mail_domains);
    return Value::string(text.text());
  }

  static Value telephone(Chance& chance, RecordBatch& batch) {
    Deal deal(chance.next());
    TextWriter text(batch.allocate(16));
    text.digits(200 + deal.below(800), 3) << '-';
    text.digits(200 + deal.below(800), 3) << '-';
    text.digits(deal.below(10'000), 4);
    return Value::string(text.text());
  }

  static Value address_of(Deal first, Deal second, RecordBatch& batch) {
    TextWriter text(batch.allocate(320));
    text << R"({"street_number":")" << static_cast<std::int64_t>(1 + first.below(1999));
    text << R"(","street_name":")" << first.pick(words::streets);
    text << R"(","city":")" << first.pick(words::cities);
    text << R"(","state":")" << first.pick(words::states);
    text << R"(","province":")" << second.pick(words::states) << R"(","postal_code":")";
    text.digits(second.below(50'000) * 2, 5) << R"(","country_code":")";
    text << second.pick(words::countries) << R"("})";
    return Value::json(text.text());
  }

  const Columns<kFields> columns_;
};

/// A fixed catalogue: the same hundred products whatever the seed; only the times follow from it.
class ProductMaker final : public RowMaker {
 public:
  explicit ProductMaker(const record::Schema& schema) : columns_(schema, kNames) {}

  void append(const Pass& pass, std::int64_t first, std::int64_t last,
              RecordBatch& batch) const override {
    for (std::int64_t id = first; id <= last; ++id) {
      make(pass, id, batch.append_row(pass.emitted_at));
    }
  }

 private:
  enum Field : std::size_t { kId, kMake, kModel, kYear, kPrice, kCreatedAt, kUpdatedAt, kFields };
  static constexpr std::array<std::string_view, kFields> kNames = {
      "id", "make", "model", "year", "price", "created_at", "updated_at"};
  static constexpr std::int64_t kCatalogueSeed = 1;

  void make(const Pass& pass, std::int64_t id, Value* row) const {
    constexpr auto kStream = static_cast<std::uint64_t>(StreamKind::products);
    auto number = static_cast<std::size_t>(id - 1);
    Chance catalogue(kCatalogueSeed, kStream, id);
    Deal price(catalogue.next());
    Deal times(Chance(pass.seed, kStream, id).next());
    std::int64_t created = kFirstSecond + times.far_below(kLastSecond - kFirstSecond);

    columns_.set(row, kId, Value::integer(id));
    columns_.set(row, kMake, Value::string(words::makes[number / words::models.size()]));
    columns_.set(row, kModel, Value::string(words::models[number % words::models.size()]));
    columns_.set(row, kYear, Value::integer(1970 + price.below(55)));
    double cents = static_cast<double>(99'900 + price.far_below(7'000'000));
    columns_.set(row, kPrice, Value::number(cents / 100));
    columns_.set(row, kCreatedAt, instant(created));
    columns_.set(row, kUpdatedAt, instant(pass.updated_at.value_or(own_update(created, times))));
  }

  const Columns<kFields> columns_;
};

class PurchaseMaker final : public RowMaker {
 public:
  explicit PurchaseMaker(const record::Schema& schema) : columns_(schema, kNames) {}

  void append(const Pass& pass, std::int64_t first, std::int64_t last,
              RecordBatch& batch) const override {
    for (std::int64_t id = first; id <= last; ++id) {
      make(pass, id, batch.append_row(pass.emitted_at));
    }
  }

 private:
  enum Field : std::size_t {
    kId,
    kUserId,
    kProductId,
    kCreatedAt,
    kUpdatedAt,
    kAddedAt,
    kPurchasedAt,
    kReturnedAt,
    kFields
  };
  static constexpr std::array<std::string_view, kFields> kNames = {
      "id",         "user_id",          "product_id",   "created_at",
      "updated_at", "added_to_cart_at", "purchased_at", "returned_at"};

  /// Of twelve carts two stay empty, seven are paid for, and one of those is sent back.
  void make(const Pass& pass, std::int64_t id, Value* row) const {
    Chance chance(pass.seed, static_cast<std::uint64_t>(StreamKind::purchases), id);
    Deal times(chance.next());
    Deal who(chance.next());
    Deal what(chance.next());
    Deal days(chance.next());
    std::int64_t created = kFirstSecond + times.far_below(kLastSecond - kFirstSecond);
    std::int64_t user = 1 + who.far_below(pass.count);
    std::int64_t product = 1 + what.far_below(pass.products);
    std::uint32_t fate = what.below(12);
    std::int64_t added = created + (1 + days.below(60)) * kDay;
    std::int64_t purchased = added + days.below(30) * kDay;
    std::int64_t returned = purchased + (1 + days.below(90)) * kDay;

    columns_.set(row, kId, Value::integer(id));
    columns_.set(row, kUserId, Value::integer(user));
    columns_.set(row, kProductId, Value::integer(product));
    columns_.set(row, kCreatedAt, instant(created));
    columns_.set(row, kUpdatedAt, instant(pass.updated_at.value_or(own_update(created, times))));
    if (fate >= 2) columns_.set(row, kAddedAt, instant(added));
    if (fate >= 5) columns_.set(row, kPurchasedAt, instant(purchased));
    if (fate >= 11) columns_.set(row, kReturnedAt, instant(returned));
  }

  const Columns<kFields> columns_;
};

}  // namespace

std::unique_ptr<RowMaker> make_row_maker(StreamKind kind, const record::Schema& schema) {
  switch (kind) {
    case StreamKind::users:
      return std::make_unique<UserMaker>(schema);
    case StreamKind::products:
      return std::make_unique<ProductMaker>(schema);
    case StreamKind::purchases:
      return std::make_unique<PurchaseMaker>(schema);
  }
  WHARF_CHECK(false);
}

}  // namespace wharf::connectors::faker
