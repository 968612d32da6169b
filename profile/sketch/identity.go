package sketch

// nationalID says that a value has the form and the check characters of a number that a state gives to a person. Those without a check (the United States', Britain's) are
// taken in the form in which people write them only.
func nationalID(v []byte, s *census) bool {
	n := len(v)
	switch {
	case n == 11 && shape(v, "ddd-dd-dddd"): // United States, Social Security number
		return v[0] != '9' && string(v[:3]) != "000" && string(v[:3]) != "666" && string(v[4:6]) != "00" && string(v[7:]) != "0000"
	case n == 9 && s.digits == 8 && s.letters == 1 && letterAt(v, 8), n == 9 && s.digits == 7 && s.letters == 2 && (v[0]|0x20 == 'x' || v[0]|0x20 == 'y' || v[0]|0x20 == 'z'):
		return dni(v)
	case n == 9 && s.digits == 6 && s.letters == 3 && letterAt(v, 0) && letterAt(v, 1) && v[8] >= 'A' && v[8] <= 'D' && s.upper == 3:
		return true // United Kingdom, National Insurance number
	case n == 16 && s.letters+s.digits == 16 && s.digits >= 7 && letterAt(v, 0) && letterAt(v, 5) && letterAt(v, 15):
		return codiceFiscale(v)
	case n == 14 && shape(v, "ddd.ddd.ddd-dd"): // Brazil, CPF
		return cpf(v)
	case n == 11 && s.digits >= 9 && s.letters <= 1 && (v[6] == '-' || v[6] == '+' || v[6]|0x20 == 'a'):
		return hetu(v) || personnummer(v)
	case n == 18 && s.digits >= 17 && (s.digits == 18 || v[17]|0x20 == 'x'):
		return residentID(v)
	case n == 15 && s.digits >= 13 && (v[0] == '1' || v[0] == '2'):
		return nir(v)
	case n == 13 && (v[8] == '-' || v[8] == '+') && s.digits == 12:
		return personnummer(v[2:])
	case n == 11 && s.digits == 11:
		return pesel(v)
	}
	return false
}

func letterAt(v []byte, i int) bool { return v[i]|0x20 >= 'a' && v[i]|0x20 <= 'z' }

func digitAt(v []byte, i int) int { return int(v[i] - '0') }

// dated says whether digits can be a month and a day; days may be moved by an offset, as Sweden does for coordination numbers.
func dated(m1, m2, d1, d2 byte, offset int) bool {
	month, day := int(m1-'0')*10+int(m2-'0'), int(d1-'0')*10+int(d2-'0')
	return month >= 1 && month <= 12 && (day >= 1 && day <= 31 || day > offset && day <= offset+31)
}

// numberOf reads digits, −1 where another character is among them.
func numberOf(v []byte) (x int) {
	for _, c := range v {
		if c < '0' || c > '9' {
			return -1
		}
		x = x*10 + int(c-'0')
	}
	return x
}

// dni is Spain's: the letter is the number modulo 23; of foreigners X, Y, Z stand for 0, 1, 2 (Orden INT/2058/2008).
func dni(v []byte) bool {
	head := 0
	if letterAt(v, 0) {
		head = int(v[0]|0x20-'x') * 1e7
		v = v[1:]
	}
	x := numberOf(v[:len(v)-1])
	return x >= 0 && "TRWAGMYFPDXBNJZSQVHLCKE"[(head+x)%23] == v[len(v)-1]&^0x20
}

// codiceFiscale is Italy's (Decreto 23.12.1976): characters at odd places have values of their own.
func codiceFiscale(v []byte) bool {
	const odd = "BAKPLCQDREVOSFTGUHMINJWZYX" // the character whose place is the value
	sum := 0
	for i := range 15 {
		c := v[i] &^ 0x20
		at := int(c) - 'A'
		if v[i] >= '0' && v[i] <= '9' {
			at = digitAt(v, i)
		} else if at < 0 || at > 25 {
			return false
		}
		if i%2 == 1 {
			sum += at
			continue
		}
		for k := range len(odd) {
			if int(odd[k]-'A') == at {
				sum += k
			}
		}
	}
	return int(v[15]&^0x20-'A') == sum%26
}

// cpf is Brazil's: two digits modulo 11.
func cpf(v []byte) bool {
	digits := make([]byte, 0, 11)
	same := true
	for _, c := range v {
		if c >= '0' && c <= '9' {
			digits = append(digits, c)
			same = same && c == digits[0]
		}
	}
	for n := 9; n < 11; n++ {
		sum := 0
		for i := range n {
			sum += digitAt(digits, i) * (n + 1 - i)
		}
		if sum*10%11%10 != digitAt(digits, n) {
			return false
		}
	}
	return !same
}

// hetu is Finland's: ddmmyy, a sign for the century, three digits and a check character modulo 31.
func hetu(v []byte) bool {
	day, serial := numberOf(v[:6]), numberOf(v[7:10])
	return day >= 0 && serial >= 0 && dated(v[2], v[3], v[0], v[1], 31) && "0123456789ABCDEFHJKLMNPRSTUVWXY"[(day*1000+serial)%31] == v[10]
}

// personnummer is Sweden's: yymmdd, a sign for the century and four digits, Luhn's check over all ten.
func personnummer(v []byte) bool {
	var digits [10]byte
	copy(digits[:], v[:6])
	copy(digits[6:], v[7:])
	return numberOf(digits[:]) >= 0 && dated(v[2], v[3], v[4], v[5], 60) && luhn(digits[:])
}

// residentID is China's (GB 11643): a birthday and a check character by ISO 7064 modulo 11-2.
func residentID(v []byte) bool {
	if numberOf(v[:17]) < 0 || !dated(v[10], v[11], v[12], v[13], 31) || v[6] != '1' && v[6] != '2' {
		return false
	}
	sum, weight := 0, 1
	for i := 17; i >= 0; i-- {
		d := int(v[i] - '0')
		if v[i]|0x20 == 'x' {
			d = 10
		}
		sum += d * weight
		weight = weight * 2 % 11
	}
	return sum%11 == 1
}

// nir is France's: two digits that are 97 less the number modulo 97; Corsica's 2A and 2B count as 19 and 18.
func nir(v []byte) bool {
	var digits [15]byte
	copy(digits[:], v)
	if v[5] == '2' && (v[6] == 'A' || v[6] == 'B') {
		digits[5], digits[6] = '1', '9'-(v[6]-'A')
	}
	x, key := numberOf(digits[:13]), numberOf(digits[13:])
	return x >= 0 && key > 0 && v[3] <= '9' && v[3] != '6' && key == 97-x%97
}

// pesel is Poland's: a birthday, whose month tells the century by twenties, and a check digit.
func pesel(v []byte) bool {
	month := numberOf(v[2:4]) % 20
	if month < 1 || month > 12 || numberOf(v[4:6]) < 1 || numberOf(v[4:6]) > 31 {
		return false
	}
	sum := 0
	for i, w := range [...]int{1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1} {
		sum += w * digitAt(v, i)
	}
	return sum%10 == 0
}
