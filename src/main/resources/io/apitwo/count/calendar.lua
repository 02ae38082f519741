-- Windows, numbered as io.apitwo.limit.Window numbers them: kinds 0 second, 1 minute, 2 hour, 3 day
-- and 4 month; from 1970 on, without gaps. Months follow the civil calendar, by the arithmetic of
-- eras of 400 years (146,097 days) that start on a 1st of March, so that a leap day comes last.

local floor = math.floor
local LENGTH = {[0] = 1000, 60000, 3600000, 86400000}

-- The year and the month (1 to 12) in which a day lies; day 0 is 1970-01-01.
local function civil(day)
  day = day + 719468
  local era = floor(day / 146097)
  local dayOfEra = day - era * 146097
  local yearOfEra = floor(
    (dayOfEra - floor(dayOfEra / 1460) + floor(dayOfEra / 36524) - floor(dayOfEra / 146096)) / 365)
  local dayOfYear = dayOfEra - (365 * yearOfEra + floor(yearOfEra / 4) - floor(yearOfEra / 100))
  local marchMonth = floor((5 * dayOfYear + 2) / 153)
  local month = marchMonth < 10 and marchMonth + 3 or marchMonth - 9
  local year = yearOfEra + era * 400 + (month <= 2 and 1 or 0)
  return year, month
end

-- The day on which a month begins.
local function firstDay(year, month)
  if month <= 2 then year = year - 1 end
  local era = floor(year / 400)
  local yearOfEra = year - era * 400
  local marchMonth = (month + 9) % 12
  local dayOfYear = floor((153 * marchMonth + 2) / 5)
  local dayOfEra = yearOfEra * 365 + floor(yearOfEra / 4) - floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
end

-- The number of the window of a kind that holds an instant.
local function windowAt(kind, millis)
  if kind < 4 then return floor(millis / LENGTH[kind]) end
  local year, month = civil(floor(millis / 86400000))
  return (year - 1970) * 12 + month - 1
end

-- The first millisecond after a window.
local function windowEnd(kind, number)
  if kind < 4 then return (number + 1) * LENGTH[kind] end
  local following = number + 1
  return firstDay(1970 + floor(following / 12), following % 12 + 1) * 86400000
end
